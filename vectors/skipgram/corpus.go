package skipgram

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxWords bounds a text. A running word takes 4 bytes of memory.
const MaxWords = 1 << 29

// ErrTooLong is the error of a text of more than MaxWords words.
var ErrTooLong = errors.New("more than 2^29 words of text")

// Corpus collects the sentences of a text. Its zero value is empty.
type Corpus struct {
	ids   map[string]uint32
	names []string
	count []uint64 // by id
	text  []uint32 // ids; the last of a sentence is followed by end
}

// end ends a sentence.
const end = math.MaxUint32

// Add adds a sentence. Context does not go beyond a sentence. It returns ErrTooLong if the text
// becomes too long.
func (c *Corpus) Add(words []string) error {
	if c.ids == nil {
		c.ids = map[string]uint32{}
	}
	if len(c.text)+len(words) >= MaxWords {
		return ErrTooLong
	}
	for _, w := range words {
		id, known := c.ids[w]
		if !known {
			id = uint32(len(c.names))
			c.ids[w] = id
			c.names, c.count = append(c.names, w), append(c.count, 0)
		}
		c.count[id]++
		c.text = append(c.text, id)
	}
	c.text = append(c.text, end)
	return nil
}

// Words returns the number of running words.
func (c *Corpus) Words() (n int) {
	for _, k := range c.count {
		n += int(k)
	}
	return n
}

// vocabulary is the words that get a vector, by falling count, then by spelling.
type vocabulary struct {
	names []string
	count []uint64
	total uint64   // of count
	text  []uint32 // of the corpus in these ids; other words are left out
}

// frequent returns the words with a count of at least least. It returns an error if there are fewer
// than two.
func (c *Corpus) frequent(least int) (*vocabulary, error) {
	var old []uint32
	for id := range c.names {
		if c.count[id] >= uint64(max(least, 1)) {
			old = append(old, uint32(id))
		}
	}
	if len(old) < 2 {
		return nil, fmt.Errorf("%d of %d words occur %d times or more: give more text, or lower the minimal count", len(old),
			len(c.names), least)
	}
	slices.SortFunc(old, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(c.count[b], c.count[a]), cmp.Compare(c.names[a], c.names[b]))
	})
	v, to := &vocabulary{}, make([]uint32, len(c.names))
	for i := range to {
		to[i] = end
	}
	for id, was := range old {
		to[was] = uint32(id)
		v.names, v.count = append(v.names, c.names[was]), append(v.count, c.count[was])
		v.total += c.count[was]
	}
	for _, id := range c.text {
		switch {
		case id == end:
			v.text = append(v.text, end)
		case to[id] != end:
			v.text = append(v.text, to[id])
		}
	}
	return v, nil
}
