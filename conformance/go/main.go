// tlog_check verifies tlog-proof files with the code behind Go's checksum database: note and tlog of
// golang.org/x/mod/sumdb. Nothing of it is ours but the readers of policy, proof and cosignature.
//
//	tlog_check POLICY PROOF RECORD   one record; exit status 0 if it is proven
//	tlog_check -cases FILE           many cases, one JSON object a line
//
// A line of FILE is {"policy": NAME, "text": TEXT}, or a case {"name": NAME, "policy": NAME, "proof":
// BASE64, "record": BASE64, "accept": true or false}. Each wrong verdict is printed, then the counts; exit
// status 1 if a verdict was wrong, 2 if a line could not be read.
//
// Build with Debian's golang-go and golang-golang-x-mod-dev, without a network:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o tlog_check
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"time"
)

// Case is one line of a file of cases.
type Case struct {
	Name   string
	Policy string
	Text   *string
	Proof  []byte
	Record []byte
	Accept *bool
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "-cases":
		os.Exit(judgeFile(os.Args[2]))
	case len(os.Args) == 4:
		os.Exit(checkOne(os.Args[1], os.Args[2], os.Args[3]))
	}
	fmt.Fprintln(os.Stderr, "usage: tlog_check POLICY PROOF RECORD | tlog_check -cases FILE")
	os.Exit(2)
}

func check(policy *Policy, text string, record []byte) (map[string]uint64, error) {
	proof, err := ParseProof(text)
	if err != nil {
		return nil, err
	}
	return policy.Check(proof, record)
}

func checkOne(paths ...string) int {
	var contents [3][]byte
	for i, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		contents[i] = content
	}
	policy, err := ParsePolicy(string(contents[0]))
	if err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		return 2
	}
	times, err := check(policy, string(contents[1]), contents[2])
	if err != nil {
		fmt.Println("rejected:", err)
		return 1
	}
	var names []string
	for name := range times {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Println("accepted")
	for _, name := range names {
		fmt.Println(name, time.Unix(int64(times[name]), 0).UTC().Format(time.RFC3339))
	}
	return 0
}

func judgeFile(path string) int {
	file, err := os.Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer file.Close()
	policies := map[string]*Policy{}
	counts := map[bool]int{}
	wrong := 0
	decoder := json.NewDecoder(bufio.NewReader(file))
	decoder.DisallowUnknownFields()
	for line := 1; ; line++ {
		var one Case
		if err := decoder.Decode(&one); err == io.EOF {
			break
		} else if err != nil {
			fmt.Fprintf(os.Stderr, "line %d: %v\n", line, err)
			return 2
		}
		if one.Text != nil {
			if policies[one.Policy], err = ParsePolicy(*one.Text); err != nil {
				fmt.Fprintf(os.Stderr, "line %d: policy: %v\n", line, err)
				return 2
			}
			continue
		}
		policy := policies[one.Policy]
		if policy == nil || one.Accept == nil {
			fmt.Fprintf(os.Stderr, "line %d: no such policy, or no verdict expected\n", line)
			return 2
		}
		_, err := check(policy, string(one.Proof), one.Record)
		counts[err == nil]++
		if (err == nil) != *one.Accept {
			wrong++
			fmt.Printf("wrong: %s: accepted %t, must be %t (%v)\n", one.Name, err == nil, *one.Accept, err)
		}
	}
	fmt.Printf("%d accepted, %d rejected, %d wrong\n", counts[true], counts[false], wrong)
	if wrong > 0 {
		return 1
	}
	return 0
}
