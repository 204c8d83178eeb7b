package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"braid/job"
)

// Digest identifies the data of a training: its result is a function of the job and of
// these. Parts are by data set and split, so that a message can name the file that changed.
type Digest struct {
	Parts []Part `json:"parts"`

	// Numbers is the SHA-256 of vocabulary, labels and all splits as numbers: the same texts
	// may become other numbers in another version of Braid.
	Numbers string `json:"numbers"`
}

// Part is one split of one data set.
type Part struct {
	Set      string    `json:"set"`
	Split    job.Split `json:"split"`
	File     string    `json:"file,omitempty"` // as the job names it; empty: made, not read
	Examples int       `json:"examples"`
	SHA256   string    `json:"sha256"` // of the words and of the fields that a task reads, example by example
}

// digest identifies what was read for a job and what became of it.
func digest(j *job.Job, raw *Raw, p *Prepared) Digest {
	var d Digest
	for s := range raw.Sets {
		for _, split := range job.Splits {
			examples := raw.Sets[s].Split(split)
			if examples == nil {
				continue
			}
			d.Parts = append(d.Parts, Part{Set: raw.Sets[s].Name, Split: split, File: j.Data[s].File(split), Examples: len(examples), SHA256: hashExamples(j, s, examples)})
		}
	}
	d.Numbers = hashNumbers(p)
	return d
}

// hashExamples hashes the words of examples and the fields that tasks read, with their lengths.
func hashExamples(j *job.Job, set int, examples []Example) string {
	var fields []string
	for _, t := range j.TasksOf(set) {
		fields = append(fields, j.Tasks[t].Field)
	}
	slices.Sort(fields)
	fields = slices.Compact(fields)
	sum := sha256.New()
	var b []byte
	for i := range examples {
		e := &examples[i]
		b = appendStrings(b[:0], e.Tokens)
		b = binary.LittleEndian.AppendUint32(b, uint32(e.Cut))
		for _, name := range fields {
			f, ok := e.Fields[name]
			if !ok {
				b = append(b, 0)
				continue
			}
			b = append(b, 1, byte(f.Kind))
			b = appendStrings(b, f.List)
			b = appendStrings(b, []string{f.Text})
		}
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func appendStrings(b []byte, list []string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(list)))
	for _, s := range list {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

// hashNumbers hashes the binary forms of all that was counted and encoded.
func hashNumbers(p *Prepared) string {
	sum := sha256.New()
	write := func(b []byte, err error) {
		if err != nil {
			panic(err) // no binary form fails
		}
		hashSized(sum, b[1:]) // without the version of the form
	}
	write(p.Vocab.MarshalBinary())
	for _, l := range p.Labels {
		if l != nil {
			write(l.MarshalBinary())
		}
	}
	for i := range p.Sets {
		for _, split := range job.Splits {
			if c := p.Sets[i].Split(split); c != nil {
				write(c.MarshalBinary())
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func hashSized(sum hash.Hash, b []byte) {
	sum.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(b))))
	sum.Write(b)
}

// SHA256 is one hash of the whole. It does not depend on where the files lie.
func (d Digest) SHA256() string {
	sum := sha256.New()
	for _, p := range d.Parts {
		hashSized(sum, []byte(p.Set))
		hashSized(sum, []byte(p.Split))
		hashSized(sum, []byte(p.SHA256))
	}
	hashSized(sum, []byte(d.Numbers))
	return hex.EncodeToString(sum.Sum(nil))
}

// Training is the digest of what steps depend on: the training splits.
func (d Digest) Training() Digest {
	d.Parts = slices.DeleteFunc(slices.Clone(d.Parts), func(p Part) bool { return p.Split != job.Train })
	d.Numbers = "" // they are of all splits
	return d
}

// Differences says for every split in which d is not what it was. Empty: they are the same.
func (d Digest) Differences(was Digest) []string {
	var all []string
	for _, now := range d.Parts {
		i := slices.IndexFunc(was.Parts, now.same)
		switch {
		case i < 0:
			all = append(all, fmt.Sprintf("%s is new", now))
		case was.Parts[i].SHA256 == now.SHA256:
		case was.Parts[i].Examples != now.Examples:
			all = append(all, fmt.Sprintf("%s has %d examples and had %d", now, now.Examples, was.Parts[i].Examples))
		default:
			all = append(all, fmt.Sprintf("%s has other words, other labels or another order", now))
		}
	}
	for _, before := range was.Parts {
		if !slices.ContainsFunc(d.Parts, before.same) {
			all = append(all, fmt.Sprintf("%s is not there any more", before))
		}
	}
	if len(all) == 0 && d.Numbers != was.Numbers {
		all = append(all, "the files are the same, and this version of Braid reads them in another way")
	}
	return all
}

func (p Part) same(o Part) bool { return p.Set == o.Set && p.Split == o.Split }

// String names the file and what it is.
func (p Part) String() string {
	if p.File == "" {
		return fmt.Sprintf("the %s split of %s (made, not read)", p.Split, p.Set)
	}
	return fmt.Sprintf("%s (the %s split of %s)", p.File, p.Split, p.Set)
}
