package job

import "slices"

// Format describes a format of data by its properties. The readers themselves are in data.
type Format struct {
	Name    string
	Files   bool // the job names a file or a directory for each split
	Text    bool // an example has a text, in the field that the key text names
	Tokens  bool // an example may have a list of words instead of a text, in the field that the key tokens names
	Columns bool // the job names the columns
	Code    bool // the words are those of source code and its documentation

	// Separator is the default separator of several labels in one field. It is empty if a
	// field of this format holds one label at most.
	Separator string

	Divider   string // divides columns, so that no separator may contain it
	Tokenizer string // the only legal tokenizer; empty: any
}

// formats is the table, in the order in which messages list it.
var formats = []*Format{
	{Name: "jsonl", Files: true, Text: true, Tokens: true, Separator: ","},
	{Name: "csv", Files: true, Text: true, Separator: ","},
	{Name: "tsv", Files: true, Text: true, Separator: ",", Divider: "\t"},
	{Name: "conll", Files: true, Columns: true},
	{Name: "seq", Files: true, Separator: "#"},
	{Name: "godoc", Tokenizer: "unicode", Code: true},
}

// FormatOf returns the properties of the format with the given name. For an unknown name,
// which Load refuses, it returns a Format without any property.
func FormatOf(name string) *Format {
	for _, f := range formats {
		if f.Name == name {
			return f
		}
	}
	return &unknownFormat
}

var unknownFormat Format

// Of returns the properties of the data set's format.
func (d *DataSet) Of() *Format { return FormatOf(d.Format) }

// RegisterFormat adds a legal value of data.NAME.format; data.Register adds its reader. Call
// it from an init function: it must not run concurrently with Load. It panics if the name is taken.
func RegisterFormat(f Format) {
	if slices.Contains(formatNames(), f.Name) {
		panic("job: format " + f.Name + " is registered twice")
	}
	formats = append(formats, &f)
}

// formatNames lists the formats in the order of the table.
func formatNames() (names []string) {
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return names
}
