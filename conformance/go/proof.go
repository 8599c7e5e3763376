package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

// Proof is the content of a c2sp.org/tlog-proof file; extra data is passed over, it proves nothing.
type Proof struct {
	Index      int64
	Path       tlog.RecordProof
	Checkpoint string
}

// ParseProof reads a proof and refuses any other spelling of it than the one form.
func ParseProof(text string) (*Proof, error) {
	head, checkpoint, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != proofHeader {
		return nil, errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if extra, err := decode(lines[0][len("extra "):]); err != nil || len(extra) == 0 {
			return nil, errors.New("extra data is not base64")
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return nil, errors.New("no index line")
	}
	index, err := number(lines[0][len("index "):])
	if err != nil {
		return nil, err
	}
	proof := &Proof{Index: index, Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		hash, err := decodeHash(line)
		if err != nil {
			return nil, err
		}
		proof.Path = append(proof.Path, hash)
	}
	return proof, nil
}

// ParseCheckpoint reads the three signed lines: origin, size, root.
func ParseCheckpoint(text string) (origin string, tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return "", tree, errors.New("not a checkpoint of three lines")
	}
	if tree.N, err = number(lines[1]); err != nil {
		return "", tree, err
	}
	tree.Hash, err = decodeHash(lines[2])
	return lines[0], tree, err
}

// number reads a decimal without sign and leading zeros.
func number(text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 || strconv.FormatInt(value, 10) != text {
		return 0, fmt.Errorf("not a number: %q", text)
	}
	return value, nil
}

func decodeHash(text string) (hash tlog.Hash, err error) {
	raw, err := decode(text)
	if err != nil || len(raw) != tlog.HashSize {
		return hash, fmt.Errorf("not a hash: %q", text)
	}
	copy(hash[:], raw)
	return hash, nil
}

// decode reads base64 in its one form: note.Open and base64 alone take other spellings of the same bytes.
func decode(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != text {
		return nil, fmt.Errorf("not base64 in its one form: %q", text)
	}
	return raw, nil
}
