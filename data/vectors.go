package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"unicode/utf8"

	"braid/job"
	"braid/vectors"
)

// Vectors are the initial values of words that a file of word vectors gives.
type Vectors struct {
	File   string // as the job names it
	Form   vectors.Form
	SHA256 string // of the unpacked file
	Dim    int

	Mean, Variance float64 // of the numbers of the rows that the model has, after scaling
	Kept           int     // words that training does not have

	notes []Finding
	rows  []float32 // (n, Dim), scaled
	at    []int32   // by word id: row, or -1
}

// Row returns the vector with which a word starts; nil if the word has none. The caller must not
// change it.
func (v *Vectors) Row(id uint32) []float32 {
	if int(id) >= len(v.at) || v.at[id] < 0 {
		return nil
	}
	i := int(v.at[id]) * v.Dim
	return v.rows[i : i+v.Dim : i+v.Dim]
}

// Has reports whether a word starts with a vector.
func (v *Vectors) Has(id uint32) bool { return v.Row(id) != nil }

// Bound is the bound of uniform numbers that have the variance of the vectors: a word without a
// vector starts with such numbers.
func (v *Vectors) Bound() float64 { return math.Sqrt(3 * v.Variance) }

// pretrained is the rows of a file that a job may use. A nil *pretrained is that of a job without
// vectors.
type pretrained struct {
	Vectors
	row    map[string]int32
	unseen []string // words that training does not have, in the order of the file, at most the job's limit
}

// spellings lists the ways in which a word is looked up, the best first: as it is, in lower case,
// and both with 0 for every digit.
func spellings(word string) []string {
	all := []string{word}
	if lower := strings.ToLower(word); lower != word {
		all = append(all, lower)
	}
	for _, w := range all {
		if form, has := digitForm(w); has && form != w {
			all = append(all, form)
		}
	}
	return all
}

// find returns the row of a word, in the best of its spellings that the file has; -1 if it has
// none of them.
func (p *pretrained) find(word string) int32 {
	if p == nil {
		return -1
	}
	for _, s := range spellings(word) {
		if row, ok := p.row[s]; ok {
			return row
		}
	}
	return -1
}

func (p *pretrained) has(word string) bool { return p.find(word) >= 0 }

// wordsWithID lists the words of training that have an id: frequent ones and those that are known, by a vector or
// to the initial model, by falling count, then by spelling.
func wordsWithID(counts map[string]int, w job.Word, known func(word string) bool) []entry {
	var kept []entry
	for _, e := range wordsOf(counts, 1) {
		if e.count >= w.MinCount || known(e.text) {
			kept = append(kept, e)
		}
	}
	return kept
}

// others lists the words that have an id although training does not have them.
func (p *pretrained) others() []string {
	if p == nil {
		return nil
	}
	return p.unseen
}

// of returns the vectors by the ids of a vocabulary; nil if the job has none.
func (p *pretrained) of(v *Vocab) *Vectors {
	if p == nil {
		return nil
	}
	p.at = make([]int32, v.Len())
	for id := range p.at {
		p.at[id] = p.find(v.spelled(uint32(id)))
	}
	p.Kept = len(p.unseen)
	return &p.Vectors
}

// spelled returns the text by which an id is looked up in a file of vectors; "" for a shape.
func (v *Vocab) spelled(id uint32) string {
	switch i := int(id) - len(v.words); {
	case id < shapes:
		return ""
	case i < 0:
		return v.words[id]
	case i < len(v.forms):
		return v.forms[i]
	default:
		return v.fixed[i-len(v.forms)]
	}
}

// markGiven sets Given.
func (v *Vocab) markGiven(p *pretrained) {
	if p == nil {
		return
	}
	v.given = make([]bool, v.Trained())
	for id := range v.given {
		v.given[id] = p.has(v.spelled(uint32(id)))
	}
}

// readVectors reads the vectors that a job may use; nil if it has none. counts is the words of
// training as the vocabulary has them. Errors are *Error or *job.Error.
func readVectors(ctx context.Context, j *job.Job, counts map[string]int) (*pretrained, error) {
	settings := j.Encoder.Word.Vectors
	if settings.File == "" {
		return nil, nil
	}
	path := shortName(j.Path(settings.File))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, j.Errorf("encoder.word.vectors.file", "check the path; it is relative to the job file",
			"%s: no such file or directory", path)
	}
	r, err := vectors.Open(path)
	if err != nil {
		return nil, asError(err)
	}
	defer r.Close()
	if dim := j.Encoder.Word.Dim; r.Dim() != dim {
		return nil, j.Errorf("encoder.word.dim", fmt.Sprintf("set encoder.word.dim to %d", r.Dim()),
			"the vectors of %s have %d numbers, and encoder.word.dim is %d", path, r.Dim(), dim)
	}
	p := &pretrained{Vectors: Vectors{File: settings.File, Form: r.Form(), Dim: r.Dim()}, row: map[string]int32{}}
	c := newChooser(j, counts)
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		word, err := r.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = p.add(r, c, word, float32(settings.Scale))
		}
		if err != nil {
			return nil, asError(err)
		}
	}
	p.SHA256 = r.SHA256()
	c.report(p, path)
	if len(p.rows) == 0 {
		return nil, &Error{File: path, Msg: "has none of the words of training", Mend: "name vectors of the data's language"}
	}
	p.measure()
	return p, nil
}

// add keeps the current row if the job may use it.
func (p *pretrained) add(r *vectors.Reader, c *chooser, word []byte, scale float32) error {
	unseen, ok := c.choose(word, r.Line())
	if !ok {
		return nil
	}
	if _, twice := p.row[string(word)]; twice {
		c.repeated.add(r.Line())
		return nil
	}
	at := len(p.rows)
	p.rows = append(p.rows, make([]float32, p.Dim)...)
	row := p.rows[at:]
	if err := r.Vector(row); err != nil {
		return err
	}
	for i := range row {
		row[i] = float32(row[i] * scale)
		if row[i]-row[i] != 0 {
			return &Error{File: c.job.Path(p.File), Line: r.Line(), Mend: "lower the scale",
				Msg: "a number times encoder.word.vectors.scale is not finite"}
		}
	}
	name := string(word)
	p.row[name] = int32(at / p.Dim)
	if unseen {
		p.unseen = append(p.unseen, name)
		c.left--
	}
	return nil
}

// measure sets mean and variance.
func (p *pretrained) measure() {
	var sum, squares float64
	for _, x := range p.rows {
		sum += float64(x)
	}
	p.Mean = sum / float64(len(p.rows))
	for _, x := range p.rows {
		d := float64(x) - p.Mean
		squares += float64(d * d)
	}
	p.Variance = squares / float64(len(p.rows))
}

// chooser decides which rows of a file a job may use.
type chooser struct {
	job    *job.Job
	wanted map[string]bool // spellings of the words and forms of training; true: the vocabulary's own
	vocab  *Vocab          // for its rule of digits
	all    bool            // keep words that training does not have
	left   int             // words that training does not have and that may still be kept
	over   int             // words that are not kept since left is 0

	repeated, unreadable tally
}

func newChooser(j *job.Job, counts map[string]int) *chooser {
	c := &chooser{job: j, wanted: map[string]bool{}, vocab: newVocabOf(j.Encoder.Word)}
	if j.Encoder.Word.Vectors.Keep == job.KeepAll {
		c.all, c.left = true, j.Encoder.Word.Vectors.Limit
	}
	for word := range counts {
		for i, s := range spellings(word) {
			c.wanted[s] = c.wanted[s] || i == 0
		}
	}
	return c
}

// choose reports whether a row may be used, and whether its word gets an id although training does
// not have it.
func (c *chooser) choose(word []byte, line int) (unseen, ok bool) {
	own, wanted := c.wanted[string(word)]
	switch {
	case own:
		return false, true
	case string(word) == sentenceEnd:
		return false, false
	case !readable(word):
		c.unreadable.add(line)
		return false, false
	case !c.all || c.vocab.normalised && c.vocab.spelling(string(word)) != string(word):
		return false, wanted
	case c.left == 0:
		c.over++
		return false, wanted
	}
	return true, true
}

// sentenceEnd is the word of fastText and word2vec for the end of a line.
const sentenceEnd = "</s>"

// readable reports whether bytes can be a word of a text.
func readable(word []byte) bool {
	if len(word) == 0 || !utf8.Valid(word) {
		return false
	}
	for _, b := range word {
		if b <= ' ' || b == 0x7f {
			return false
		}
	}
	return true
}

// report turns the tallies into findings of check.
func (c *chooser) report(p *pretrained, path string) {
	if t := c.repeated; t.count > 0 {
		p.notes = append(p.notes, Finding{File: path, Line: t.first,
			Msg: plural(t.count, "row") + " of a word that the file has before: the first row of a word counts"})
	}
	if t := c.unreadable; t.count > 0 {
		p.notes = append(p.notes, Finding{File: path, Line: t.first,
			Msg: plural(t.count, "row") + " left out whose word is empty, has blanks or is not UTF-8"})
	}
	if c.over > 0 {
		p.notes = append(p.notes, Finding{File: path, Msg: fmt.Sprintf("%s left out after the first %d that training "+
			"does not have: raise encoder.word.vectors.limit to keep them", plural(c.over, "word"),
			c.job.Encoder.Word.Vectors.Limit)})
	}
}

// asError turns an error about a file of vectors into an *Error.
func asError(err error) error {
	var e *vectors.Error
	if errors.As(err, &e) {
		return &Error{File: e.File, Line: e.Line, Msg: e.Msg, Mend: e.Mend}
	}
	return err
}
