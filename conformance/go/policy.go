package main

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Policy is a c2sp.org/tlog-policy: whose log, which witnesses, how many of them.
type Policy struct {
	verifiers []note.Verifier
	logs      map[keyName]bool
	witnesses map[keyName]string // the policy's name
	groups    []group
	defined   map[string]bool
	grouped   map[string]bool
	keys      map[string]bool
	quorum    string
}

type keyName struct {
	name string
	hash uint32
}

type group struct {
	name      string
	threshold int
	members   []string
}

// ParsePolicy reads a policy file.
func ParsePolicy(text string) (*Policy, error) {
	p := &Policy{
		logs:      map[keyName]bool{},
		witnesses: map[keyName]string{},
		defined:   map[string]bool{"none": true},
		grouped:   map[string]bool{"none": true},
		keys:      map[string]bool{},
	}
	for number, line := range strings.Split(text, "\n") {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.read(words[0], words[1:]); err != nil {
			return nil, fmt.Errorf("line %d: %v", number+1, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("no quorum line")
	}
	return p, nil
}

func (p *Policy) read(kind string, words []string) error {
	switch {
	case kind == "log" && (len(words) == 1 || len(words) == 2):
		verifier, err := note.NewVerifier(words[0])
		if err != nil {
			return err
		}
		p.logs[keyName{verifier.Name(), verifier.KeyHash()}] = true
		return p.know(verifier, words[0])
	case kind == "witness" && (len(words) == 2 || len(words) == 3):
		verifier, err := NewCosigner(words[1])
		if err != nil {
			return err
		}
		p.witnesses[keyName{verifier.Name(), verifier.KeyHash()}] = words[0]
		if err := p.define(words[0]); err != nil {
			return err
		}
		return p.know(verifier, words[1])
	case kind == "group" && len(words) >= 3:
		return p.group(words[0], words[1], words[2:])
	case kind == "quorum" && len(words) == 1:
		if p.quorum != "" || !p.defined[words[0]] {
			return errors.New("a second quorum, or one that is not defined")
		}
		p.quorum = words[0]
		return nil
	}
	return fmt.Errorf("not a line of a policy: %s", kind)
}

// know keeps a key; the base64 of a key, type included, may stand once.
func (p *Policy) know(verifier note.Verifier, vkey string) error {
	key := strings.SplitN(vkey, "+", 3)[2] // both readers have found three parts; base64 may hold a plus sign
	if p.keys[key] {
		return errors.New("a key stands twice")
	}
	p.keys[key] = true
	p.verifiers = append(p.verifiers, verifier)
	return nil
}

func (p *Policy) define(name string) error {
	if p.defined[name] {
		return fmt.Errorf("the name %s is taken", name)
	}
	p.defined[name] = true
	return nil
}

func (p *Policy) group(name, count string, members []string) error {
	for _, member := range members {
		if !p.defined[member] || p.grouped[member] {
			return fmt.Errorf("%s is not defined, or listed before", member)
		}
		p.grouped[member] = true
	}
	threshold := int64(len(members))
	switch count {
	case "all":
	case "any":
		threshold = 1
	default:
		var err error
		if threshold, err = number(count); err != nil || threshold < 1 || threshold > int64(len(members)) {
			return errors.New("not a group's threshold")
		}
	}
	p.groups = append(p.groups, group{name, int(threshold), members})
	return p.define(name)
}

// holds says whether cosignatures of these witnesses make the quorum.
func (p *Policy) holds(satisfied map[string]bool) bool {
	satisfied["none"] = true
	for _, g := range p.groups {
		count := 0
		for _, member := range g.members {
			if satisfied[member] {
				count++
			}
		}
		if count >= g.threshold {
			satisfied[g.name] = true
		}
	}
	return satisfied[p.quorum]
}

// Check verifies a record's proof and returns when each witness saw the log with the record in it.
func (p *Policy) Check(proof *Proof, record []byte) (map[string]uint64, error) {
	_, signatures, _ := strings.Cut(proof.Checkpoint, "\n\n")
	for _, line := range strings.Split(strings.TrimSuffix(signatures, "\n"), "\n") {
		if _, err := decode(line[strings.LastIndex(line, " ")+1:]); err != nil {
			return nil, err
		}
	}
	signed, err := note.Open([]byte(proof.Checkpoint), note.VerifierList(p.verifiers...))
	if err != nil {
		return nil, err
	}
	origin, tree, err := ParseCheckpoint(signed.Text)
	if err != nil {
		return nil, err
	}
	byLog, times, satisfied := false, map[string]uint64{}, map[string]bool{}
	for _, signature := range signed.Sigs {
		key := keyName{signature.Name, signature.Hash}
		byLog = byLog || p.logs[key] && signature.Name == origin
		if witness, ok := p.witnesses[key]; ok {
			times[witness], satisfied[witness] = cosignedAt(signature.Base64), true
		}
	}
	if !byLog {
		return nil, errors.New("the checkpoint's log did not sign it")
	}
	if !p.holds(satisfied) {
		return nil, errors.New("too few witnesses cosigned the checkpoint")
	}
	return times, tlog.CheckRecord(proof.Path, tree.N, tree.Hash, proof.Index, tlog.RecordHash(record))
}
