package run

import (
	"maps"
	"slices"
)

// Differences returns the names of the fields in which two records of a step differ, in the order in which
// a step computes them: task, tokens, loss, checksum, factors, skipped, norm, lr. It ignores times, and checksums if
// one of the records has none.
func (m *Metric) Differences(o *Metric) []string {
	var names []string
	note := func(name string, equal bool) {
		if !equal {
			names = append(names, name)
		}
	}
	note("task", slices.Equal(m.Tasks, o.Tasks))
	note("tokens", m.Tokens == o.Tokens)
	note("loss", maps.Equal(m.Loss, o.Loss))
	note("checksum", m.Checksum == o.Checksum || m.Checksum == "" || o.Checksum == "")
	note("factors", maps.Equal(m.Factors, o.Factors))
	note("skipped", m.Skipped == o.Skipped)
	note("norm", m.GradNorm == o.GradNorm)
	note("lr", m.Rate == o.Rate)
	return names
}
