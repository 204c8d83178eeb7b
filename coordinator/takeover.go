package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"braid/data"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"
)

// Elsewhere is returned by Run if another coordinator has finished the job. The model is in that coordinator's
// run directory. Programs report it as success.
type Elsewhere struct {
	ModelSHA256 string // "" if unknown
	Where       string // host and run directory in that coordinator's terms; may be ""
}

func (e *Elsewhere) Error() string {
	text := "the job was finished by another coordinator"
	if e.Where != "" {
		text += " (" + e.Where + ")"
	}
	if e.ModelSHA256 != "" {
		text += ", model_sha256 " + e.ModelSHA256
	}
	return text
}

// elsewhere returns the result of a coordinator whose job another one has finished: the summary if this
// coordinator's directory has it, else an Elsewhere.
func (l *leader) elsewhere(record *protocol.Record) (*run.Summary, error) {
	if l.ownSummary() {
		return run.ReadSummary(l.Dir)
	}
	e := new(Elsewhere)
	if record != nil {
		e.ModelSHA256, e.Where = record.Model, record.Where
	}
	return nil, e
}

func (l *leader) ownSummary() bool {
	condition, err := run.Examine(l.Dir, l.Job)
	return err == nil && condition == run.Finished
}

// note describes the job and the run directory in messages.
func (c Config) note() string { return "job " + c.Job.Name + ", " + c.where() }

// where describes the run directory in messages.
func (c Config) where() string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		dir = c.Dir
	}
	return host + ":" + dir
}

// recall returns the record of this job, or nil if there is none. A record that cannot be read is logged and
// counts as none. A record with other data is an error.
func (l *leader) recall(parent context.Context) (*protocol.Record, error) {
	if l.keeping.Memory {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(parent, recordWait)
	defer cancel()
	records, err := l.conn.OpenRecords(ctx, l.Fleet)
	var record *protocol.Record
	if err == nil {
		record, err = records.Get(ctx, l.machine.Job)
	}
	switch {
	case err != nil:
		l.Log.Warn("the record of this job is not used", "error", err)
		return nil, nil
	case record != nil && record.Data != l.dataHash:
		return nil, l.otherData(parent, record)
	}
	return record, nil
}

// otherData returns an error that names the differences between the data of a record and those of this host.
func (l *leader) otherData(ctx context.Context, record *protocol.Record) error {
	what := fmt.Sprintf("theirs have hash %.12s, these have %.12s", record.Data, l.dataHash)
	if was, err := l.dataOf(ctx, record); err != nil {
		l.Log.Debug("the data of a record are known by their hash alone", "error", err)
	} else if changes := l.setup.Data.Digest.Differences(*was); len(changes) > 0 {
		what = strings.Join(changes, "; ")
	}
	return fmt.Errorf("this fleet has trained this job on other data: %s: restore those data to continue, or start again "+
		"without --resume", what)
}

// dataOf reads the digest of the data that the newest copy of a record was trained on.
func (l *leader) dataOf(ctx context.Context, record *protocol.Record) (*data.Digest, error) {
	if len(record.Copies) == 0 {
		return nil, errors.New("the record names no copy")
	}
	newest := record.Copies[0]
	fleet, err := l.conn.OpenStore(ctx, l.Fleet)
	if err != nil {
		return nil, err
	}
	store := fleet.Namespace(l.machine.Job)
	m, err := readManifest(ctx, store, newest.Manifest)
	if err != nil {
		return nil, err
	}
	item, ok := m.Find(run.StateFile(newest.Step))
	if !ok {
		return nil, fmt.Errorf("the copy of step %d has no state", newest.Step)
	}
	text, err := store.Small(ctx, item.Hash, run.MaxState)
	if err != nil {
		return nil, err
	}
	var s run.State
	return &s.Data, json.Unmarshal(text, &s)
}

// catchUp fetches the newest copy, if it is newer than the checkpoints of the own directory. A copy that cannot
// be fetched is skipped with a message. An older copy or checkpoint gives the same model after more steps.
func (l *leader) catchUp(ctx context.Context, record *protocol.Record, maxTensors int64) error {
	if record == nil || len(record.Copies) == 0 || l.ownSummary() {
		return nil
	}
	store, err := l.bulk.OpenStore(ctx, l.Fleet)
	if err != nil {
		l.Log.Warn("copies are skipped", "error", err)
		return nil
	}
	dir, err := run.Open(l.Dir, l.Job, true)
	var locked *run.Locked
	if errors.As(err, &locked) {
		return nil // shared with the deposed leader: its checkpoints are here
	} else if err != nil {
		return err
	}
	defer dir.Close()
	have, err := dir.Newest()
	if err != nil {
		return err
	}
	for _, c := range record.Copies {
		if c.Step <= have {
			return nil
		}
		l.Log.Info("fetching a checkpoint that another coordinator wrote", "step", c.Step, "own", have)
		l.Events(train.Waiting{Cause: fmt.Sprintf("fetching the checkpoint of step %d from the fleet's store", c.Step)})
		err := l.fetch(ctx, store.Namespace(l.machine.Job), dir, c, maxTensors)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.Log.Warn("a copy is skipped", "step", c.Step, "error", err)
		l.Events(train.Skipped{Step: c.Step, Why: err})
	}
	return nil
}

// A fetch that fails and does not find damage is repeated, unless it has failed slowly: NATS waits without an
// error for lost chunks, and so do the workers.
const (
	fetchAttempts = 3
	fetchSlow     = 10 * time.Second
)

func (l *leader) fetch(ctx context.Context, store *transport.Store, dir *run.Dir, c protocol.Copy,
	maxTensors int64) error {
	for attempt := 1; ; attempt++ {
		begin := time.Now()
		err := fetchOnce(ctx, store, dir, c, maxTensors)
		if err == nil || transport.Damaged(err) || attempt == fetchAttempts || time.Since(begin) >= fetchSlow {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}

func fetchOnce(ctx context.Context, store *transport.Store, dir *run.Dir, c protocol.Copy, maxTensors int64) error {
	m, err := readManifest(ctx, store, c.Manifest)
	if err != nil {
		return err
	}
	files := make([]run.File, len(m))
	for i, item := range m {
		files[i] = run.File{Name: item.Name, Size: item.Size, SHA256: item.Hash}
	}
	return dir.Paste(c.Step, files, maxTensors, func(f run.File, w io.Writer) error {
		return store.GetTo(ctx, f.SHA256, f.Size, w)
	})
}
