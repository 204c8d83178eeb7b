package main

import (
	"fmt"
	"math"

	"braid/cmd/internal/term"
	"braid/data"
	"braid/internal/plain"
	"braid/job"
)

// printVectors prints size and coverage of a job's vectors; nothing if the job has none.
func printVectors(s streams, j *job.Job, raw *data.Raw, p *data.Prepared) {
	v := p.Vectors
	if v == nil {
		return
	}
	plain.Fprintf(s.out, "\nvectors of %s: %s, %d numbers a word, mean %.3g, standard deviation %.3g; "+
		"%s that training lacks\n",
		v.File, v.Form, v.Dim, v.Mean, math.Sqrt(v.Variance), term.Counted(uint64(v.Kept), "word"))
	rows := [][]string{{"data", "split", "words with vector", "distinct words with vector"}}
	for _, c := range data.CoverageOf(j, raw, p) {
		rows = append(rows, []string{c.Set, string(c.Split), share(c.WordsCovered, c.Words),
			share(c.DistinctCovered, c.Distinct)})
	}
	term.Table(s.out, []bool{false, false, true, true}, rows)
	if hint := scaleHint(v, j.Encoder.Word.Vectors.Scale); hint != "" {
		plain.Fprintf(s.out, "%s\n", hint)
	}
}

func share(n, of int) string { return fmt.Sprintf("%.2f%%", 100*float64(n)/float64(max(of, 1))) }

// Published vectors have standard deviations of about 0.05 to 0.6. Far outside of this range, an encoder ignores the
// words, or its gates saturate.
const (
	leastDeviation  = 0.01
	mostDeviation   = 1.5
	commonDeviation = 0.2
)

// scaleHint advises another scale for vectors whose numbers are too small or too large for an encoder.
func scaleHint(v *data.Vectors, scale float64) string {
	deviation := math.Sqrt(v.Variance)
	if deviation >= leastDeviation && deviation <= mostDeviation || deviation == 0 {
		return ""
	}
	return fmt.Sprintf("the vectors' numbers are far from the size that an encoder expects: set "+
		"encoder.word.vectors.scale to %.3g for a standard deviation of %g", scale*commonDeviation/deviation, commonDeviation)
}
