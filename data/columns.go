package data

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"braid/job"
)

// valuesInput is the input of a column of the data next to the words, such as parts of speech: the
// values of the column, with one id per word. Id 0 is the unknown value. The values of training
// follow by falling count, then by spelling. A value that training has once is unknown.
type valuesInput struct {
	known []string // known[i] has id i+1
	ids   map[string]uint32
}

const (
	minValues = 2
	maxValues = 1 << 16 // bounds the rows of the table; the most frequent values are kept
)

func newValues(known []string) *valuesInput {
	v := &valuesInput{known, make(map[string]uint32, len(known))}
	for i, value := range known {
		v.ids[value] = uint32(1 + i)
	}
	return v
}

func countValues(values iter.Seq2[string, int]) Input {
	counts := maps.Collect(values)
	delete(counts, "")
	known := frequent(counts, minValues)
	return newValues(known[:min(len(known), maxValues)])
}

var errValues = errors.New("not a list of different values")

func restoreValues(entries []string) (Input, error) {
	v := newValues(entries)
	if len(v.ids) < len(entries) || len(entries) > maxValues || slices.Contains(entries, "") {
		return nil, errValues
	}
	return v, nil
}

// Size returns the number of ids.
func (v *valuesInput) Size() int { return 1 + len(v.known) }

// Append appends the id of a value; "" is the value of a word that has none.
func (v *valuesInput) Append(dst []uint32, value string) []uint32 { return append(dst, v.ids[value]) }

// Entries lists the known values in the order of their ids.
func (v *valuesInput) Entries() []string { return v.known }

// ValuesOf returns, by column of the job's encoder, the value of each word of an example of data
// set s; nil for a column that the example does not have.
func ValuesOf(j *job.Job, s int, e *Example) ([][]string, error) {
	if len(j.Encoder.Columns) == 0 {
		return nil, nil
	}
	values := make([][]string, len(j.Encoder.Columns))
	for k, c := range j.Encoder.Columns {
		if _, has := e.Fields[c.Field]; !has {
			continue
		}
		l := labeller{job.Task{Kind: "tagging", Field: c.Field, Scheme: "plain"}, j.Data[s].Format, ""}
		var err error
		if values[k], err = l.names(e); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// columnCounts counts the values of each column of the encoder in training. It refuses a column
// that no example has.
func columnCounts(j *job.Job, raw *Raw) ([]map[string]int, error) {
	counts := make([]map[string]int, len(j.Encoder.Columns))
	for k := range counts {
		counts[k] = map[string]int{}
	}
	for s := range raw.Sets {
		for i := range raw.Sets[s].Train {
			e := &raw.Sets[s].Train[i]
			values, err := ValuesOf(j, s, e)
			if err != nil {
				return nil, err
			}
			for k, list := range values {
				for _, value := range list[:min(len(list), len(e.Words()))] {
					counts[k][value]++
				}
			}
		}
	}
	for k, c := range j.Encoder.Columns {
		if len(counts[k]) == 0 {
			return nil, j.Errorf(fmt.Sprintf("encoder.columns[%d].field", k),
				fieldMend(raw.Sets[0].Train, c.Field, "check the field's name, and `columns:` of the data set"),
				"no training example has the column %q", c.Field)
		}
	}
	return counts, nil
}

// appendValues appends word k's value of each column.
func appendValues(dst []string, values [][]string, k int) []string {
	for _, column := range values {
		if column == nil {
			dst = append(dst, "")
		} else {
			dst = append(dst, column[k])
		}
	}
	return dst
}

// withoutColumns finds examples that lack a column of the encoder.
func withoutColumns(j *job.Job, s int, set *RawSet) (all []Finding) {
	for _, c := range j.Encoder.Columns {
		for _, split := range job.Splits {
			var lacking some
			examples := set.Split(split)
			for i := range examples {
				if _, has := examples[i].Fields[c.Field]; !has {
					lacking.see(func() Finding { return Finding{File: examples[i].File, Line: examples[i].Line} })
				}
			}
			all = append(all, lacking.end("example",
				"of %s (of %d) without the column %s: their words have the unknown value; write the column, or remove it "+
					"from encoder.columns", split, len(examples), c.Field)...)
		}
	}
	return all
}

// columnOf returns the field of an input that reads a column; "" for an input of spelling.
func columnOf(input string) string {
	field, is := strings.CutPrefix(input, job.ColumnInput)
	if !is {
		return ""
	}
	return field
}
