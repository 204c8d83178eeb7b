package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"time"

	"braid/job"
)

// Metric is the record of a step, of an evaluation or of a measurement, a line of metrics.jsonl.
type Metric struct {
	Kind string `json:"kind"` // step, evaluation, measure
	Step uint64 `json:"step"` // steps done: 1 after the first

	// Of a step.
	Tasks    []string           `json:"tasks,omitempty"`
	Loss     map[string]float64 `json:"loss,omitempty"` // by task: mean loss; also of an evaluation
	GradNorm float64            `json:"norm,omitempty"` // norm of the gradient before clipping
	Rate     float64            `json:"lr,omitempty"`
	Factors  map[string]float64 `json:"factors,omitempty"` // by task: of its gradient in shared parameters
	Tokens   int                `json:"tokens,omitempty"`
	Seconds  float64            `json:"seconds,omitempty"`
	Skipped  bool               `json:"skipped,omitempty"` // not applied, because its loss or gradient was not finite

	// Checksum is the gradient.Checksum, in hex, of the gradient as the fleet returned it.
	Checksum string `json:"checksum,omitempty"`

	// Of an evaluation.
	Split  job.Split                     `json:"split,omitempty"`
	Scores map[string]map[string]float64 `json:"scores,omitempty"` // by task and metric
	Mean   float64                       `json:"mean,omitempty"`   // of the selection scores of the tasks' main metrics
	// by task: the selection score of the main metric
	Selection map[string]float64 `json:"selection,omitempty"`
	Best      bool               `json:"best,omitempty"`

	// Measure is of a measurement. Its line is that of the step after it, with the tasks of the step; Seconds is what
	// the measurement took.
	Measure *Measure `json:"measure,omitempty"`
}

// flushEvery bounds the delay between a step and its line in the file.
const flushEvery = time.Second

// maxPending bounds the lines kept in memory while the disk is full, in bytes.
const maxPending = 64 << 20

// Metrics writes metrics.jsonl. It keeps lines that cannot be written in memory and retries; only Sync and
// Close return the error.
type Metrics struct {
	file    io.WriteCloser
	sync    func() error
	pending bytes.Buffer  // lines not yet in the file
	json    *json.Encoder // to pending
	flushed time.Time
}

// OpenMetrics opens metrics.jsonl to append lines after a step. It removes lines of later steps, which the
// resumed training will write again, and a torn last line.
func (d *Dir) OpenMetrics(step uint64) (*Metrics, error) {
	path := d.file(MetricsFile)
	keep := int64(0)
	_, err := readLines(path, func(line []byte) bool {
		var m struct{ Step uint64 }
		if json.Unmarshal(line, &m) != nil || m.Step > step {
			return false
		}
		keep += int64(len(line)) + 1
		return true
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(keep); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(keep, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return newMetrics(f, f.Sync), nil
}

func newMetrics(file io.WriteCloser, sync func() error) *Metrics {
	m := &Metrics{file: file, sync: sync}
	m.pending.Grow(1 << 16)
	m.json = json.NewEncoder(&m.pending)
	return m
}

// Hex formats a checksum as in metrics.jsonl: eight hex digits.
func Hex(checksum uint32) string {
	const digits = "0123456789abcdef"
	var text [8]byte
	for i := range text {
		text[i] = digits[checksum>>28]
		checksum <<= 4
	}
	return string(text[:])
}

// Clean removes NaN and infinite values, which JSON cannot represent.
func (m *Metric) Clean() {
	m.Loss = finite(m.Loss)
	for task, scores := range m.Scores {
		m.Scores[task] = finite(scores)
	}
	m.GradNorm, m.Mean = orZero(m.GradNorm), orZero(m.Mean)
	if m.Measure != nil {
		m.Measure.clean()
	}
}

// Write appends a line after Clean. It returns an error if the lines that the disk does not accept exceed
// maxPending.
func (m *Metrics) Write(line *Metric) error {
	line.Clean()
	if err := m.json.Encode(line); err != nil {
		return err
	}
	if now := time.Now(); now.Sub(m.flushed) >= flushEvery || m.pending.Len() >= 1<<16 {
		m.flushed = now
		if err := m.flush(); err != nil && m.pending.Len() > maxPending {
			return err
		}
	}
	return nil
}

// flush writes the pending lines. After a partial write the rest stays pending.
func (m *Metrics) flush() error {
	_, err := m.pending.WriteTo(m.file)
	return err
}

// Sync makes all lines durable. It must be called before a checkpoint is published, so that no checkpoint
// is ahead of the metrics.
func (m *Metrics) Sync() error {
	return errors.Join(m.flush(), m.sync())
}

// Close syncs the file to disk and closes it.
func (m *Metrics) Close() error { return errors.Join(m.Sync(), m.file.Close()) }

// finite returns values, or a copy without those that are not finite.
func finite(values map[string]float64) map[string]float64 {
	copied := false
	for k, v := range values {
		if v-v == 0 {
			continue
		}
		if !copied {
			values, copied = maps.Clone(values), true
		}
		delete(values, k)
	}
	return values
}

func orZero(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}
