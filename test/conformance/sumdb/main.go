// Judges what this project writes with golang.org/x/mod/sumdb, the reader of Go's own checksum database.
//
// Reads a JSON array of questions from standard input and writes a JSON array of answers, one for each, in their
// order: what was found, and an error where it was refused.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Kind string
	// Of a note.
	Keys []string
	Note []byte
	// Of a tree: its size and root, and the index or the earlier size that is asked about, with its hash.
	Size   int64
	Root   []byte
	At     int64
	Hash   []byte
	Proof  [][]byte
	Leaves [][]byte
	Tiles  map[string][]byte
}

type answer struct {
	Found []string
	Error string
}

const cosignatureType = 4

// cosigner verifies C2SP tlog-cosignature v1, which x/mod leaves to its callers.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), text...), sig[8:])
}

func newVerifier(text string) (note.Verifier, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("a verifier key has three parts")
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if len(data) != 1+ed25519.PublicKeySize || data[0] != cosignatureType {
		return note.NewVerifier(text)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("the key id is not that of the key")
	}
	return &cosigner{parts[0], hash, data[1:]}, nil
}

func hashOf(bytes []byte) tlog.Hash {
	var hash tlog.Hash
	copy(hash[:], bytes)
	return hash
}

func hashesOf(list [][]byte) []tlog.Hash {
	hashes := []tlog.Hash{}
	for _, bytes := range list {
		hashes = append(hashes, hashOf(bytes))
	}
	return hashes
}

// tileMap reads tiles by the paths of C2SP tlog-tiles, which leave out the height.
type tileMap map[string][]byte

func (tiles tileMap) Height() int                     { return 8 }
func (tiles tileMap) SaveTiles([]tlog.Tile, [][]byte) {}

func (tiles tileMap) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, found := tiles[path]
		if !found {
			return nil, errors.New("no tile at " + path)
		}
		all = append(all, data)
	}
	return all, nil
}

func openNote(q question) ([]string, error) {
	var known []note.Verifier
	for _, key := range q.Keys {
		verifier, err := newVerifier(key)
		if err != nil {
			return nil, err
		}
		known = append(known, verifier)
	}
	opened, err := note.Open(q.Note, note.VerifierList(known...))
	if err != nil {
		return nil, err
	}
	found := []string{opened.Text}
	for _, sig := range opened.Sigs {
		found = append(found, sig.Name)
	}
	return found, nil
}

func readLeaves(q question) ([]string, error) {
	reader := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: hashOf(q.Root)}, tileMap(q.Tiles))
	for i, leaf := range q.Leaves {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, q.At+int64(i))})
		if err != nil {
			return nil, err
		}
		if hashes[0] != hashOf(leaf) {
			return nil, fmt.Errorf("leaf %d is another", i)
		}
	}
	return nil, nil
}

// prove makes an inclusion proof from tiles, or a consistency proof.
func prove(q question) ([]string, error) {
	reader := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: hashOf(q.Root)}, tileMap(q.Tiles))
	var proof []tlog.Hash
	var err error
	if q.Kind == "prove record" {
		proof, err = tlog.ProveRecord(q.Size, q.At, reader)
	} else {
		proof, err = tlog.ProveTree(q.Size, q.At, reader)
	}
	var found []string
	for _, hash := range proof {
		found = append(found, hash.String())
	}
	return found, err
}

func judge(q question) ([]string, error) {
	switch q.Kind {
	case "note":
		return openNote(q)
	case "checkpoint":
		tree, err := tlog.ParseTree(q.Note)
		return []string{fmt.Sprint(tree.N), tree.Hash.String()}, err
	case "record":
		return nil, tlog.CheckRecord(hashesOf(q.Proof), q.Size, hashOf(q.Root), q.At, hashOf(q.Hash))
	case "tree":
		return nil, tlog.CheckTree(hashesOf(q.Proof), q.Size, hashOf(q.Root), q.At, hashOf(q.Hash))
	case "leaf hash":
		return []string{tlog.RecordHash(q.Note).String()}, nil
	case "tiles":
		return readLeaves(q)
	case "prove record", "prove tree":
		return prove(q)
	}
	return nil, errors.New("no such question: " + q.Kind)
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, q := range questions {
		found, err := judge(q)
		each := answer{Found: found}
		if err != nil {
			each.Error = err.Error()
		}
		answers = append(answers, each)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
