package data

// Builder makes a Corpus without targets, word by word. Training, scoring and prediction all
// build with it, so that a word has the same ids everywhere.
type Builder struct {
	vocab   *Vocab
	reading Reading
	corpus  *Corpus
}

// NewBuilder returns a builder of a corpus without texts. texts is the expected number of
// texts.
func NewBuilder(v *Vocab, r Reading, texts int) *Builder {
	c := &Corpus{Offsets: make([]uint32, 1, texts+1)}
	for range v.inputs {
		c.Columns = append(c.Columns, Column{Off: []uint32{0}})
	}
	return &Builder{v, r, c}
}

// Word adds a word to the text that EndText ends. values are the word's values of the columns that
// the encoder reads, in their order; a missing one, and "", is unknown.
func (b *Builder) Word(word string, values ...string) {
	word = b.reading.key(word)
	b.add(b.vocab.ID(word), word, values)
}

// EndText ends a text. A text without words becomes one unknown word without spelling.
func (b *Builder) EndText() {
	c := b.corpus
	if int(c.Offsets[len(c.Offsets)-1]) == len(c.Words) {
		b.add(Unknown, "", nil)
	}
	c.Offsets = append(c.Offsets, uint32(len(c.Words)))
}

func (b *Builder) add(id uint32, spelling string, values []string) {
	c := b.corpus
	c.Words = append(c.Words, id)
	for i := range c.Columns {
		column, in, text := &c.Columns[i], b.vocab.inputs[i], spelling
		if in.field != "" {
			if text = ""; len(values) > 0 {
				text, values = values[0], values[1:]
			}
		}
		column.IDs = in.Append(column.IDs, text)
		column.Off = append(column.Off, uint32(len(column.IDs)))
	}
}

// Corpus returns the corpus, which has the texts that are ended.
func (b *Builder) Corpus() *Corpus { return b.corpus }
