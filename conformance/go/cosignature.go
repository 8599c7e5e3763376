package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	algCosignature = 4
	timeSize       = 8
)

// Cosigner is a c2sp.org/tlog-cosignature key; it is a note.Verifier.
type Cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// NewCosigner reads a verifier key of type 4, which note.NewVerifier does not know.
func NewCosigner(vkey string) (*Cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || len(parts[1]) != 8 {
		return nil, errors.New("not a witness's key")
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	raw, err := decode(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algCosignature {
		return nil, errors.New("not a witness's key of type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(hash) {
		return nil, errors.New("the key's id is not its own")
	}
	return &Cosigner{name: parts[0], hash: uint32(hash), key: ed25519.PublicKey(raw[1:])}, nil
}

func (c *Cosigner) Name() string    { return c.name }
func (c *Cosigner) KeyHash() uint32 { return c.hash }

// Verify checks 8 bytes of time and an Ed25519 signature over the cosignature/v1 message.
func (c *Cosigner) Verify(text, signature []byte) bool {
	if len(signature) != timeSize+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	if at > math.MaxInt64 {
		return false
	}
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), text...)
	return ed25519.Verify(c.key, message, signature[timeSize:])
}

// cosignedAt returns the time of a cosignature that note.Open found good.
func cosignedAt(encoded string) uint64 {
	raw, _ := base64.StdEncoding.DecodeString(encoded)
	return binary.BigEndian.Uint64(raw[4:])
}
