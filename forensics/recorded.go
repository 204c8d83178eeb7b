package forensics

import (
	"context"
	"fmt"
	"slices"

	"braid/data"
	"braid/internal/kernel"
	"braid/job"
	"braid/run"
)

// RecordedRun is a run directory whose steps can be replayed.
type RecordedRun struct {
	Dir         string
	Job         *job.Job
	Reader      run.Reader
	Steps       map[uint64]*run.Metric // records of steps, by steps done
	Evaluations map[uint64]*run.Metric // records of evaluations, by steps done
	Last        uint64                 // largest key of Steps
	Damage      []run.Damage           // of metrics.jsonl and journal.jsonl
	Kernels     []string               // kernel classes that the journal names, oldest first

	data *data.Prepared // training data; nil before the first replay
}

// Open reads the records of a run. Overrides are those of run.ReadJob.
func Open(dir string, overrides []string) (*RecordedRun, error) {
	j, err := run.ReadJob(dir, overrides...)
	if err != nil {
		return nil, err
	}
	r := &RecordedRun{Dir: dir, Job: j, Reader: run.OpenReadOnly(dir, j), Steps: map[uint64]*run.Metric{},
		Evaluations: map[uint64]*run.Metric{}}
	lines, damage, err := run.ScanMetrics(dir)
	if err != nil {
		return nil, err
	}
	r.noteDamage(damage)
	for i := range lines {
		switch m := &lines[i]; m.Kind {
		case "step":
			r.Steps[m.Step] = m
			r.Last = max(r.Last, m.Step)
		case "evaluation":
			r.Evaluations[m.Step] = m
		}
	}
	entries, damage, _ := run.ScanJournal(dir) // without a journal, only Kernels is unknown
	r.noteDamage(damage)
	for _, e := range entries {
		if class, ok := e.Fields[run.FieldKernel].(string); ok && !slices.Contains(r.Kernels, class) {
			r.Kernels = append(r.Kernels, class)
		}
	}
	return r, nil
}

func (r *RecordedRun) noteDamage(d run.Damage) {
	if d.Any() {
		r.Damage = append(r.Damage, d)
	}
}

// KernelMismatch returns a sentence that warns if the run was recorded with another kernel class
// than this program has, and "" otherwise. Kernel classes differ in the last bits of their results.
func (r *RecordedRun) KernelMismatch() string {
	for _, class := range r.Kernels {
		if class != kernel.Class() {
			return fmt.Sprintf("%s was recorded with kernel class %s, but this program uses class %s: expect different bits",
				r.Dir, class, kernel.Class())
		}
	}
	return ""
}

// readData reads the training data unless they were read before. Steps do not depend on dev and test.
func (r *RecordedRun) readData(ctx context.Context, status func(string)) error {
	if r.data != nil {
		return nil
	}
	j := *r.Job
	j.Data = nil
	for _, d := range r.Job.Data {
		if d.Of().Files {
			d.Dev, d.Test = "", ""
		}
		j.Data = append(j.Data, d)
	}
	prepared, _, err := data.Prepare(ctx, &j, status)
	if err != nil {
		return err
	}
	r.data = prepared
	r.Reader = r.Reader.ExpectingTraining(prepared.Digest)
	return r.Reader.Belongs()
}

// shareData takes the data of another run that has the same job and the same training files.
func (r *RecordedRun) shareData(o *RecordedRun) {
	if r.data != nil || o.data == nil || r.Job.Hash() != o.Job.Hash() {
		return
	}
	for i, d := range r.Job.Data {
		if r.Job.Path(d.Train) != o.Job.Path(o.Job.Data[i].Train) {
			return
		}
	}
	r.data = o.data
}
