package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"braid/job"
)

// formats is the table of readers: each turns one path of a data set into examples.
var formats = map[string]func(d job.DataSet, path string, note noter) ([]Example, error){
	"jsonl": readJSONL,
	"csv":   readCSV,
	"tsv":   readCSV,
	"conll": readCoNLL,
	"seq":   readSeq,
}

// noter takes a note of lines that a reader leaves out; Audit reports it.
type noter func(file string, line int, msg string)

// read reads one data set with all its splits.
func read(j *job.Job, d job.DataSet) (RawSet, error) {
	if d.Format == "godoc" {
		return readGodoc(d)
	}
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
		examples, err := formats[d.Format](d, path, note)
		if err != nil {
			return set, err
		}
		if len(examples) == 0 {
			mend := "put one in"
			if split != job.Train {
				mend += fmt.Sprintf(", or remove data.%s.%s from the job", d.Name, split)
			}
			return set, &Error{File: path, Msg: "no examples in it", Mend: mend}
		}
		for i := range examples {
			examples[i].cut(d.MaxTokens)
		}
		*set.at(split) = examples
	}
	return set, nil
}

// missing is the error of a split whose file or directory is not there.
func missing(j *job.Job, d job.DataSet, split job.Split, path string) error {
	mend := "check the path; it is relative to the job file"
	if d.Fetch != "" {
		mend = "run " + d.Fetch
	}
	return j.Errorf(fmt.Sprintf("data.%s.%s", d.Name, split), mend, "%s: no such file or directory", path)
}
