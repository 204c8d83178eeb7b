package data

import (
	"fmt"
	"slices"
	"strings"

	"braid/job"
)

// header is the first line of a csv or tsv file.
type header struct {
	names     []string // trimmed; a column without a name is not read
	text      int      // index of the column of the text
	tokenizer string   // of the data set
}

// newHeader reads the names of the columns. It refuses a repeated name and a header without the
// column of the text.
func newHeader(d job.DataSet, path string, line int, record []string, divider string) (*header, error) {
	h := &header{tokenizer: d.Tokenizer}
	for i, name := range record {
		name = strings.TrimSpace(name)
		if first := slices.Index(h.names, name); first >= 0 && name != "" {
			return nil, &Error{path, line, fmt.Sprintf("the header has %q twice, as columns %d and %d", name, first+1, i+1),
				"rename or remove one"}
		}
		h.names = append(h.names, name)
	}
	if h.text = slices.Index(h.names, d.Text); h.text < 0 {
		return nil, noText(d, path, line, h.names, divider)
	}
	return h, nil
}

// dividers are the characters that may divide records, with their names.
var dividers = []struct{ text, name, mend string }{
	{",", "commas", "set `format: csv`, or convert it"},
	{"\t", "TABs", "set `format: tsv`, or convert it"},
	{";", "semicolons", "write it with commas, as in RFC 4180 (decimal commas as points)"},
	{"|", "bars", "write it with commas or TABs"},
}

// noText returns the error of a header without the column of the text. The mend names the cause
// if it can be recognised: another divider, or a similar name.
func noText(d job.DataSet, path string, line int, names []string, divider string) error {
	whole := strings.Join(names, divider)
	for _, other := range dividers {
		if other.text == divider || !strings.Contains(whole, other.text) {
			continue
		}
		for _, name := range strings.Split(whole, other.text) {
			if strings.Trim(name, "\" \t") == d.Text {
				is := map[string]string{",": "commas", "\t": "TABs"}[divider]
				return &Error{path, line, fmt.Sprintf("the header is divided by %s, not by %s as %s is", other.name, is,
					d.Format), other.mend}
			}
		}
	}
	mend := "name the text's field with `text:` in the job"
	switch near := job.Nearest(d.Text, names); {
	case strings.HasPrefix(names[0], "sep="):
		mend = "remove this line, which is for spreadsheets"
	case slices.Contains(names, `"`+d.Text+`"`):
		mend = "remove the quotes, which " + d.Format + " keeps"
	case near != "":
		mend = fmt.Sprintf("write `text: %s` in the job, or rename the column", near)
	}
	return &Error{path, line, fmt.Sprintf("the header %q has no field %q", strings.Join(names, " "), d.Text), mend}
}

// example turns a record, which must have as many cells as the header, into an example.
func (h *header) example(path string, line int, record []string) Example {
	e := Example{Fields: map[string]Field{}, File: path, Line: line}
	for i, value := range record {
		if i == h.text {
			e.Text, e.Tokens = value, Tokenize(h.tokenizer, value)
		} else if value = strings.TrimSpace(value); value != "" && h.names[i] != "" {
			e.Fields[h.names[i]] = Field{Kind: TextField, Text: value}
		}
	}
	return e
}
