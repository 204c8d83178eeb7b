package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Record is the state of a job that outlives its leader: the checkpoints with a copy in the store, and whether the job
// is finished. It is stored as JSON, so that people can read it: nats kv get.
type Record struct {
	Format int    `json:"format"`
	Job    string `json:"job"`  // hash
	Data   string `json:"data"` // hash of the leader's examples and vocabularies
	Term   uint64 `json:"term"` // of the leader that wrote the record; never decreases
	Copies []Copy `json:"copies,omitempty"`

	// Of a finished job.
	Model string `json:"model_sha256,omitempty"`
	Where string `json:"where,omitempty"` // host and run directory, for people
}

// Copy is a checkpoint in the store.
type Copy struct {
	Step     uint64 `json:"step"`     // steps done
	Manifest string `json:"manifest"` // hash of the Manifest of its files
}

// Bounds of a record.
const (
	recordFormat = 1
	MaxRecord    = 4096 // bytes of its text
	maxCopies    = 8
	maxWhere     = 1024
)

// Text is the record as bytes.
func (r *Record) Text() []byte {
	r.Format = recordFormat
	r.Where = printable(r.Where)
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return b
}

// ParseRecord is the inverse of Text; any bytes are safe.
func ParseRecord(b []byte) (*Record, error) {
	if len(b) > MaxRecord {
		return nil, fmt.Errorf("record of %d bytes, at most %d are expected", len(b), MaxRecord)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	r := new(Record)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	switch {
	case r.Format != recordFormat:
		return nil, fmt.Errorf("record has format %d, this program reads %d", r.Format, recordFormat)
	case !IsHash(r.Job):
		return nil, fmt.Errorf("record: job %.70q is not a hash", r.Job)
	case !IsHash(r.Data):
		return nil, fmt.Errorf("record: data %.70q is not a hash", r.Data)
	case r.Model != "" && !IsHash(r.Model):
		return nil, fmt.Errorf("record: model_sha256 %.70q is not a hash", r.Model)
	case len(r.Copies) > maxCopies:
		return nil, fmt.Errorf("record of %d copies, at most %d are expected", len(r.Copies), maxCopies)
	case r.Where != printable(r.Where):
		return nil, fmt.Errorf("record: where %.70q", r.Where)
	}
	for i, c := range r.Copies {
		if !IsHash(c.Manifest) {
			return nil, fmt.Errorf("record: copy %d: %.70q is not a hash", i, c.Manifest)
		}
		if i > 0 && c.Step >= r.Copies[i-1].Step {
			return nil, fmt.Errorf("record: copies are not from the newest to the oldest")
		}
	}
	return r, nil
}

// Add puts a copy before the older ones, and keeps at most keep. Copies of the same or a later step are removed: their
// leader has gone back to an earlier step.
func (r *Record) Add(c Copy, keep int) {
	copies := []Copy{c}
	for _, old := range r.Copies {
		if old.Step < c.Step && len(copies) < keep {
			copies = append(copies, old)
		}
	}
	r.Copies = copies
}

// printable replaces control characters in s, and truncates it.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			return '?'
		}
		return c
	}, s)
	for n := min(len(s), maxWhere); ; n-- {
		if cut := s[:n]; n == len(s) || strings.ToValidUTF8(cut, "") == cut {
			return cut
		}
	}
}
