package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"braid/internal/regular"
	"braid/job"
	"braid/task"
)

// OutcomesFile holds the outcomes of every dev and test example of a finished run.
const OutcomesFile = "outcomes.bin"

// Outcomes are the outcomes of a finished run with its best parameters, by task and split.
type Outcomes struct {
	job   *job.Job
	parts map[outcomesKey]*task.Outcomes
}

type outcomesKey struct {
	task  string
	split job.Split
}

// NewOutcomes returns the outcomes of a job, without any.
func NewOutcomes(j *job.Job) *Outcomes { return &Outcomes{j, map[outcomesKey]*task.Outcomes{}} }

// Put sets the outcomes of a task on a split. If o is nil, the task has none.
func (o *Outcomes) Put(name string, split job.Split, of *task.Outcomes) {
	if of != nil {
		o.parts[outcomesKey{name, split}] = of
	}
}

// Of returns the outcomes of a task on a split; nil if the split has no examples with a label of the task, or if the
// outcomes were too large to be kept.
func (o *Outcomes) Of(name string, split job.Split) *task.Outcomes {
	return o.parts[outcomesKey{name, split}]
}

// The file has a magic number, the length of the header (uint32, little endian), the header as JSON, the outcomes in
// the header's order as task.Outcomes encodes them, and the SHA-256 of all that.
const (
	outcomesMagic  = "braidout"
	outcomesFormat = 1
	maxOutcomes    = 4 << 30 // bytes of the file
)

type outcomesHeader struct {
	Format int            `json:"format"`
	Job    string         `json:"job_hash"`
	Parts  []outcomesPart `json:"parts"`
}

type outcomesPart struct {
	Task   string    `json:"task"`
	Split  job.Split `json:"split"`
	Labels int       `json:"labels"` // of the task's scores
	Bytes  int       `json:"bytes"`
}

// WriteOutcomes writes the outcomes into the run directory. It must be called before WriteSummary.
func (d *Dir) WriteOutcomes(o *Outcomes) error {
	h := outcomesHeader{Format: outcomesFormat, Job: d.hash}
	var bodies []byte
	for _, t := range o.job.Tasks {
		for _, split := range []job.Split{job.Dev, job.Test} {
			if of := o.Of(t.Name, split); of != nil {
				before := len(bodies)
				bodies = of.AppendBinary(bodies)
				h.Parts = append(h.Parts, outcomesPart{t.Name, split, of.Labels(), len(bodies) - before})
			}
		}
	}
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	file := binary.LittleEndian.AppendUint32([]byte(outcomesMagic), uint32(len(header)))
	file = append(append(file, header...), bodies...)
	sum := sha256.Sum256(file)
	return d.WriteFile(OutcomesFile, append(file, sum[:]...))
}

// ReadOutcomes reads the outcomes of a finished run of a job.
func ReadOutcomes(dir string, j *job.Job) (*Outcomes, error) {
	path := filepath.Join(dir, OutcomesFile)
	file, err := regular.Read(path, maxOutcomes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file: an earlier version of Braid trained this run; train it again", path)
	} else if err != nil {
		return nil, err
	}
	o, err := parseOutcomes(file, j)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: remove the run and train it again", path, err)
	}
	return o, nil
}

func parseOutcomes(file []byte, j *job.Job) (*Outcomes, error) {
	const fixed = len(outcomesMagic) + 4
	end := len(file) - sha256.Size
	if end < fixed || string(file[:len(outcomesMagic)]) != outcomesMagic {
		return nil, errors.New("it is torn or not a file of outcomes")
	}
	if sum := sha256.Sum256(file[:end]); !bytes.Equal(sum[:], file[end:]) {
		return nil, errors.New("it is torn or was altered: its checksum differs")
	}
	size := binary.LittleEndian.Uint32(file[len(outcomesMagic):])
	body := file[fixed:end]
	if int64(size) > int64(len(body)) {
		return nil, fmt.Errorf("its header has %d bytes, the file has %d", size, len(file))
	}
	var h outcomesHeader
	if err := json.Unmarshal(body[:size], &h); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	switch {
	case h.Format != outcomesFormat:
		return nil, fmt.Errorf("it has format %d, this program reads %d", h.Format, outcomesFormat)
	case h.Job != j.Hash():
		return nil, errors.New("it is of a run of another job")
	}
	return h.decode(body[size:], j)
}

func (h *outcomesHeader) decode(body []byte, j *job.Job) (*Outcomes, error) {
	o := NewOutcomes(j)
	for _, p := range h.Parts {
		t := slices.IndexFunc(j.Tasks, func(t job.Task) bool { return t.Name == p.Task })
		switch {
		case t < 0, p.Split != job.Dev && p.Split != job.Test, o.Of(p.Task, p.Split) != nil:
			return nil, fmt.Errorf("its header lists task %q, split %q", p.Task, p.Split)
		case p.Bytes < 0 || p.Bytes > len(body) || p.Labels < 0 || p.Labels > len(body)+maxLabels:
			return nil, fmt.Errorf("task %s, %s: %d bytes and %d labels", p.Task, p.Split, p.Bytes, p.Labels)
		}
		of := task.NewOutcomes(j.Tasks[t], p.Labels)
		if err := of.Decode(body[:p.Bytes]); err != nil {
			return nil, fmt.Errorf("task %s, %s: %w", p.Task, p.Split, err)
		}
		o.Put(p.Task, p.Split, of)
		body = body[p.Bytes:]
	}
	if len(body) > 0 {
		return nil, fmt.Errorf("%d bytes after its last part", len(body))
	}
	return o, nil
}

// maxLabels bounds the labels of a task that has few examples.
const maxLabels = 1 << 20
