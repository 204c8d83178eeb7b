package data

import (
	"fmt"
	"strings"

	"braid/job"
)

// readCoNLL reads one word per line with its tags in columns; conllLayout describes what
// divides columns. A line of blanks and TABs ends a sentence, and so does -DOCSTART-. Comments,
// ranges and empty nodes of CoNLL-U are left out and counted.
func readCoNLL(d job.DataSet, path string, note noter) ([]Example, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return parseCoNLL(d, path, text, note)
}

func parseCoNLL(d job.DataSet, path, text string, note noter) ([]Example, error) {
	p := &conllParser{job: d, path: path, layout: layoutOf(d, text)}
	err := lines(text, p.line)
	p.end()
	if err == nil {
		p.notes(note)
	}
	return p.examples, err
}

// conllParser collects the sentences of one file.
type conllParser struct {
	job      job.DataSet
	path     string
	layout   conllLayout
	examples []Example
	open     *Example // the sentence that has not ended

	columns, columnsLine int // of the first word
	comments, ranges     tally
}

// tally counts lines of one sort and keeps the first.
type tally struct{ count, first int }

func (t *tally) add(line int) {
	if t.count++; t.count == 1 {
		t.first = line
	}
}

func (p *conllParser) end() {
	if p.open != nil {
		p.examples = append(p.examples, *p.open)
		p.open = nil
	}
}

func (p *conllParser) line(n int, line string) error {
	if blank(line) {
		p.end()
		return nil
	}
	if p.open == nil && p.layout.comment(line) {
		p.comments.add(n)
		return nil
	}
	cells := p.layout.split(line)
	if cells[0] == "-DOCSTART-" || p.layout.word < len(cells) && cells[p.layout.word] == "-DOCSTART-" {
		p.end()
		return nil
	}
	if err := p.checkColumns(n, line, cells); err != nil {
		return err
	}
	if p.layout.ids && !isWordID(cells[0]) {
		p.ranges.add(n)
		return nil
	}
	return p.add(n, cells)
}

// checkColumns refuses a line with fewer columns than the job names, or with another number of
// columns than the first word: a blank in a word would shift the columns.
func (p *conllParser) checkColumns(n int, line string, cells []string) error {
	named := fmt.Sprintf("%d (%s)", len(p.job.Columns), strings.Join(p.job.Columns, ", "))
	if p.layout.tabLine > 0 && !strings.Contains(line, "\t") && len(p.job.Columns) > 1 {
		if strings.HasPrefix(line, "#") {
			return &Error{p.path, n, "a comment inside a sentence", "write it before the sentence, or an empty line before it"}
		}
		return &Error{p.path, n, fmt.Sprintf("no TAB, where line %d has one", p.layout.tabLine),
			"divide all columns of the file by TABs, or all by blanks"}
	}
	if len(cells) < len(p.job.Columns) {
		return &Error{p.path, n, plural(len(cells), "column") + p.layout.undivided(line),
			fmt.Sprintf("give it %s, or mend `columns:` in the job", named)}
	}
	if p.columns == 0 {
		p.columns, p.columnsLine = len(cells), n
	}
	if len(cells) == p.columns {
		return nil
	}
	wrong, count, other, right := n, len(cells), p.columnsLine, p.columns
	if len(cells) == len(p.job.Columns) { // the first word has the wrong number
		wrong, count, other, right = other, right, wrong, count
	}
	mend := "divide the columns by TABs if a word holds a blank"
	if p.layout.tabLine > 0 {
		mend = "remove the TAB inside a word, or the columns that are too many"
	}
	return &Error{p.path, wrong, fmt.Sprintf("%s, where line %d has %d", plural(count, "column"), other, right), mend}
}

// add adds a word with its tags to the open sentence.
func (p *conllParser) add(n int, cells []string) error {
	if p.open == nil {
		p.open = &Example{Fields: map[string]Field{}, File: p.path, Line: n}
	}
	e := p.open
	e.Lines = append(e.Lines, n)
	for i, name := range p.job.Columns {
		value := cells[i]
		if trimmed := strings.TrimSpace(value); name != "word" {
			value = trimmed
		} else if trimmed := strings.Trim(value, " "); trimmed != "" {
			value = trimmed // U+3000 and other white space that is not a blank can be a word
		}
		switch {
		case name == "" || name == "-":
		case value == "":
			return &Error{p.path, n, fmt.Sprintf("column %s is empty", name), "write the word, or its tag (O for none)"}
		case name == "word":
			e.Tokens = append(e.Tokens, value)
		default:
			f := e.Fields[name]
			f.Kind, f.List = ListField, append(f.List, value)
			e.Fields[name] = f
		}
	}
	return nil
}

// notes reports lines that were left out. If blanks divide columns it also reports columns
// after those that the job names, which may come from blanks in words.
func (p *conllParser) notes(note noter) {
	if more := p.columns - len(p.job.Columns); more > 0 && p.layout.tabLine == 0 {
		note(p.path, p.columnsLine,
			fmt.Sprintf("%s behind the %d that the job names %s not read: write \"-\" for each in `columns:` if that is "+
				"meant; divide by TABs if words hold blanks",
				plural(more, "column"), len(p.job.Columns), isAre(more)))
	}
	if p.comments.count > 0 {
		note(p.path, p.comments.first,
			plural(p.comments.count, "comment line")+" left out: # at the start of a sentence, and no TAB")
	}
	if p.ranges.count > 0 {
		note(p.path, p.ranges.first,
			plural(p.ranges.count, "line")+" left out with an id such as 1-2 or 1.1: CoNLL-U's ranges and empty nodes are "+
				"no words")
	}
}
