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

// Digest identifies the data of a training. The result of a training is a function of the job
// and the data. There is a part per data set and split, so that a message can name the file
// that changed.
type Digest struct {
	Parts []Part `json:"parts"`

	// Vectors is the SHA-256 of the unpacked file of word vectors; empty if the job has none.
	Vectors string `json:"vectors,omitempty"`

	// Numbers is the SHA-256 of the vocabulary, the labels and all splits as numbers. It differs
	// if another version of Braid reads the same texts differently.
	Numbers string `json:"numbers"`
}

// Part is one split of one data set.
type Part struct {
	Set      string    `json:"set"`
	Split    job.Split `json:"split"`
	File     string    `json:"file,omitempty"` // as the job names it; empty if the split was not read from a file
	Examples int       `json:"examples"`
	SHA256   string    `json:"sha256"` // of the words and of the fields that a task reads, example by example
}

// digest returns the digest of a job's texts and of the numbers that they became.
func digest(j *job.Job, raw *Raw, p *Prepared) Digest {
	var d Digest
	for s := range raw.Sets {
		for _, split := range job.Splits {
			examples := raw.Sets[s].Split(split)
			if examples == nil {
				continue
			}
			d.Parts = append(d.Parts, Part{Set: raw.Sets[s].Name, Split: split, File: j.Data[s].File(split),
				Examples: len(examples), SHA256: hashExamples(j, s, examples)})
		}
	}
	d.Numbers = hashNumbers(p)
	if p.Vectors != nil {
		d.Vectors = p.Vectors.SHA256
	}
	return d
}

// hashExamples returns the SHA-256 of the words of examples and of the fields that tasks and the
// encoder read.
func hashExamples(j *job.Job, set int, examples []Example) string {
	var fields []string
	for _, t := range j.TasksOf(set) {
		fields = append(fields, j.Tasks[t].Field)
	}
	for _, c := range j.Encoder.Columns {
		fields = append(fields, c.Field)
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

// hashNumbers returns the SHA-256 of the binary forms of vocabulary, labels and splits.
func hashNumbers(p *Prepared) string {
	sum := sha256.New()
	write := func(b []byte, err error) {
		if err != nil {
			panic(err) // the binary forms never fail
		}
		hashSized(sum, b[1:]) // without the version byte
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

// SHA256 returns one hash of the whole digest. It does not depend on the paths of the files.
func (d Digest) SHA256() string {
	sum := sha256.New()
	for _, p := range d.Parts {
		hashSized(sum, []byte(p.Set))
		hashSized(sum, []byte(p.Split))
		hashSized(sum, []byte(p.SHA256))
	}
	hashSized(sum, []byte(d.Numbers))
	if d.Vectors != "" {
		hashSized(sum, []byte(d.Vectors))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Training returns the digest of the training splits, on which alone steps depend.
func (d Digest) Training() Digest {
	d.Parts = slices.DeleteFunc(slices.Clone(d.Parts), func(p Part) bool { return p.Split != job.Train })
	d.Numbers = "" // Numbers covers all splits
	return d
}

// Differences lists the differences between d and an earlier digest. It is empty if there are
// none.
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
			all = append(all, fmt.Sprintf("%s is missing now", before))
		}
	}
	if d.Vectors != was.Vectors {
		all = append(all, "encoder.word.vectors.file is another file of vectors")
	}
	if len(all) == 0 && d.Numbers != was.Numbers {
		all = append(all, "the files are the same, and this version of Braid reads them in another way")
	}
	return all
}

func (p Part) same(o Part) bool { return p.Set == o.Set && p.Split == o.Split }

// String names the file and the split.
func (p Part) String() string {
	if p.File == "" {
		return fmt.Sprintf("the %s split of %s (made, not read)", p.Split, p.Set)
	}
	return fmt.Sprintf("%s (the %s split of %s)", p.File, p.Split, p.Set)
}
