package study

import (
	"cmp"
	"encoding/json"
	"slices"

	"braid/job"
)

// TuneReport is the content of study.json of a tuning. Everything but Seconds is a function of the job, the data and
// the plan.
type TuneReport struct {
	Format     int             `json:"format"`
	Kind       string          `json:"kind"` // tune
	Job        string          `json:"job"`
	JobHash    string          `json:"job_hash"`
	Prefer     Preference      `json:"prefer"`
	FoldCount  int             `json:"fold_count"`
	Dimensions []TuneDimension `json:"dimensions"`
	Trials     []Trial         `json:"trials"`
	Chosen     int             `json:"chosen"` // point
	Seconds    float64         `json:"seconds,omitempty"`
}

// TuneDimension describes a Dimension.
type TuneDimension struct {
	Name string  `json:"name"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Log  bool    `json:"log,omitempty"`
}

// Report returns the report of a tuning after its last stage.
func (t *Tuning) Report(j *job.Job, dimensions []Dimension) *TuneReport {
	r := &TuneReport{Format: reportFormat, Kind: "tune", Job: j.Name, JobHash: j.Hash(), Prefer: t.Prefer,
		FoldCount: t.Folds, Trials: t.trials, Chosen: t.Chosen()}
	for _, d := range dimensions {
		r.Dimensions = append(r.Dimensions, TuneDimension{d.Name, d.Low, d.High, d.Log})
	}
	return r
}

// JSON returns the report as the content of study.json.
func (r *TuneReport) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}

// Order returns the points, those that got furthest first, and of these the best.
func (r *TuneReport) Order() []int {
	order := make([]int, len(r.Trials))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &r.Trials[a], &r.Trials[b]
		if c := cmp.Compare(len(y.Folds), len(x.Folds)); c != 0 {
			return c
		}
		if c := cmp.Compare(y.Mean, x.Mean); c != 0 {
			return c
		}
		if c := cmp.Compare(len(y.Rungs), len(x.Rungs)); c != 0 {
			return c
		}
		last := len(x.Rungs) - 1
		return cmp.Compare(y.Rungs[last], x.Rungs[last])
	})
	return order
}
