package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"braid/job"
)

// Format reads one data set. The result has every split that the job names, or all that the
// format makes. The caller applies max_tokens.
type Format func(j *job.Job, d job.DataSet) (RawSet, error)

// formats is the table of formats by name.
var formats = map[string]Format{
	"jsonl": files(readJSONL),
	"csv":   files(readCSV),
	"tsv":   files(readCSV),
	"conll": files(readCoNLL),
	"seq":   files(readSeq),
}

// Register adds the reader of a format that job knows, see job.RegisterFormat. Call it from
// an init function. It panics if the format has a reader or job does not know the name.
func Register(name string, f Format) {
	if formats[name] != nil || job.FormatOf(name).Name == "" {
		panic("data: format " + name + " has a reader or is unknown to job")
	}
	formats[name] = f
}

// read reads one data set, cuts it into folds and applies max_tokens.
func read(j *job.Job, d job.DataSet) (RawSet, error) {
	format, ok := formats[d.Format]
	if !ok {
		return RawSet{}, j.Errorf("data."+d.Name+".format", "convert the data to another format",
			"this program cannot read the format %s", d.Format)
	}
	set, err := readFolded(format, j, d)
	for _, split := range job.Splits {
		examples := set.Split(split)
		for i := range examples {
			examples[i].cut(d.MaxTokens)
		}
	}
	return set, err
}

// noter takes note of lines that a reader leaves out; Audit reports them.
type noter func(file string, line int, msg string)

// files makes a Format of a reader that turns one path into examples.
func files(read func(d job.DataSet, path string, note noter) ([]Example, error)) Format {
	return func(j *job.Job, d job.DataSet) (RawSet, error) {
		set := RawSet{Name: d.Name}
		note := func(file string, line int, msg string) {
			set.Notes = append(set.Notes, Finding{File: file, Line: line, Msg: msg})
		}
		for _, split := range job.Splits {
			if d.File(split) == "" {
				continue
			}
			path := shortName(j.Path(d.File(split)))
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				return set, missing(j, d, split, path)
			}
			examples, err := read(d, path, note)
			if err != nil {
				return set, err
			}
			if len(examples) == 0 {
				return set, noExamples(d, split, path)
			}
			*set.at(split) = examples
		}
		return set, nil
	}
}

// noExamples is the error of a split whose file has no examples.
func noExamples(d job.DataSet, split job.Split, path string) error {
	mend := "put one in"
	if split != job.Train {
		mend += fmt.Sprintf(", or remove data.%s.%s from the job", d.Name, split)
	}
	return &Error{File: path, Msg: "no examples in it", Mend: mend}
}

// missing is the error of a split without its file or directory.
func missing(j *job.Job, d job.DataSet, split job.Split, path string) error {
	mend := "check the path; it is relative to the job file"
	if d.Fetch != "" {
		mend = "run " + d.Fetch
	}
	return j.Errorf(fmt.Sprintf("data.%s.%s", d.Name, split), mend, "%s: no such file or directory", path)
}
