package toy

import (
	"os"
	"strings"

	"braid/data"
	"braid/job"
)

// readLines reads files with one example per line: a label, a TAB, and words with blanks between
// them. The label is the field "label".
func readLines(j *job.Job, d job.DataSet) (data.RawSet, error) {
	set := data.RawSet{Name: d.Name}
	for split, to := range map[job.Split]*[]data.Example{job.Train: &set.Train, job.Dev: &set.Dev, job.Test: &set.Test} {
		if d.File(split) == "" {
			continue
		}
		path := j.Path(d.File(split))
		text, err := os.ReadFile(path)
		if err != nil {
			return set, err
		}
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			label, words, ok := strings.Cut(line, "\t")
			if !ok {
				return set, &data.Error{File: path, Line: i + 1, Msg: "no TAB in it", Mend: "write a label, a TAB and the words"}
			}
			*to = append(*to, data.Example{Tokens: strings.Fields(words), File: path, Line: i + 1,
				Fields: map[string]data.Field{"label": {Kind: data.TextField, Text: label}}})
		}
	}
	return set, nil
}
