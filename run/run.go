package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"braid/job"

	"github.com/google/renameio/v2"
)

// Names inside a run directory.
const (
	JobFile        = "job.yaml"
	MetricsFile    = "metrics.jsonl"
	JournalFile    = "journal.jsonl"
	SummaryFile    = "summary.json"
	CheckpointsDir = "checkpoints"
	ModelDir       = "model"
	lockFile       = "lock"
)

// Dir is an open run directory, locked for this process until Close.
type Dir struct {
	View
	Journal *Journal

	lock *os.File
}

// Condition is what a path holds, seen from one job.
type Condition int

// The conditions of a run directory.
const (
	Free       Condition = iota // no such directory, or an empty one
	Unfinished                  // a run of this job that has no summary
	Finished                    // a run of this job with its summary
	Foreign                     // a run of another job, or no run at all
)

// Examine says what path holds without changing anything.
func Examine(path string, j *job.Job) (Condition, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Free, nil
	case err != nil:
		return Foreign, fmt.Errorf("%s: cannot be a run directory (%w): choose another with --out", path, err)
	case isFree(entries):
		return Free, nil
	}
	if _, err := os.Stat(filepath.Join(path, JobFile)); errors.Is(err, fs.ErrNotExist) {
		return Foreign, fmt.Errorf("%s: holds other files and no %s: choose another directory with --out", path, JobFile)
	}
	was, err := job.Load(filepath.Join(path, JobFile))
	if err != nil {
		return Foreign, fmt.Errorf("%s: holds a run whose job cannot be read (%w): choose another directory with --out", path, err)
	}
	if was.Hash() != j.Hash() {
		return Foreign, otherJob(path, was, j)
	}
	if _, err := os.Stat(filepath.Join(path, SummaryFile)); err == nil {
		if s, err := ReadSummary(path); err == nil && s.JobHash != j.Hash() {
			return Foreign, &OtherRules{path, "the finished run"}
		}
		return Finished, nil
	}
	return Unfinished, nil
}

// isFree says that nothing but a lock lies there: what is left of a run that failed
// before it began.
func isFree(entries []os.DirEntry) bool {
	for _, e := range entries {
		if e.Name() != lockFile {
			return false
		}
	}
	return true
}

// Check refuses a path where this job may not write: another job's run, or a run of this
// job that is there already and is not to be resumed. The message carries the mend.
func Check(path string, j *job.Job, resume bool) error {
	condition, err := Examine(path, j)
	if err != nil || resume {
		return err
	}
	switch condition {
	case Finished:
		return fmt.Errorf("%s: holds the finished run of this job: choose another directory with --out, or remove it to train again", path)
	case Unfinished:
		return fmt.Errorf("%s: holds an unfinished run of this job: add --resume to continue it, or choose another directory with --out", path)
	}
	return nil
}

// Locked says that another process writes to a run directory.
type Locked struct{ PID string }

func (e *Locked) Error() string {
	return fmt.Sprintf("process %s is writing here: wait for it, stop it, or choose another directory with --out", e.PID)
}

// Open makes or reopens the run directory of a job and locks it. Without resume only a
// free path will do; with it a free one will do as well. A dead process's lock is free.
func Open(path string, j *job.Job, resume bool) (*Dir, error) {
	if err := Check(path, j, resume); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(path), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the run directory (%w): choose another with --out", err)
	}
	lock, err := acquire(filepath.Join(path, lockFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &Dir{View: Look(path, j), lock: lock}
	if err := d.prepare(j, resume); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Dir) prepare(j *job.Job, resume bool) error {
	// Looked at again now that nobody else can write here.
	if err := Check(d.Path, j, resume); err != nil {
		return err
	}
	if err := d.clean(); err != nil {
		return err
	}
	if err := os.MkdirAll(d.file(CheckpointsDir), 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(d.file(JobFile)); errors.Is(err, fs.ErrNotExist) {
		if err := d.WriteFile(JobFile, j.YAML()); err != nil {
			return err
		}
	}
	journal, err := openJournal(d.file(JournalFile))
	d.Journal = journal
	return err
}

// clean removes what a killed process left under temporary names.
func (d *Dir) clean() error {
	for _, pattern := range []string{".*.tmp*", "." + JobFile + "*", "." + SummaryFile + "*", CheckpointsDir + "/.*.tmp*"} {
		left, err := fs.Glob(os.DirFS(d.Path), pattern) // the path itself is no pattern: it may hold [ or *
		if err != nil {
			return err
		}
		for _, name := range left {
			if err := os.RemoveAll(d.file(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close ends the journal and frees the lock.
func (d *Dir) Close() error {
	var err error
	if d.Journal != nil {
		err = d.Journal.Close()
	}
	return errors.Join(err, d.lock.Close())
}

// WriteFile replaces a file of the directory whole: readers see the old one or the new.
func (d *Dir) WriteFile(name string, content []byte) error {
	if err := renameio.WriteFile(d.file(name), content, 0o644, renameio.WithTempDir(d.Path), renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("%s: %w", d.file(name), err)
	}
	return syncDir(d.Path)
}

// Publish replaces a directory of the run whole: fill writes into a temporary one, whose
// files are synced before it takes the name.
func (d *Dir) Publish(name string, fill func(dir string) error) error {
	return publish(d.file(name), fill)
}

// atPoint is called before everything that publish and remove do to the disk; tests crash there.
var atPoint = func() {}

func publish(path string, fill func(dir string) error) error {
	atPoint()
	temporary, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	if err := os.Chmod(temporary, 0o755); err != nil {
		return err
	}
	if err := fill(temporary); err != nil {
		return err
	}
	if err := syncTree(temporary); err != nil {
		return err
	}
	// A directory cannot replace one that is not empty: the old one steps aside under a
	// temporary name, which the next Open would remove.
	if _, err := os.Stat(path); err == nil {
		aside, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
		if err != nil {
			return err
		}
		defer os.RemoveAll(aside)
		atPoint()
		if err := os.Rename(path, filepath.Join(aside, "old")); err != nil {
			return err
		}
	}
	atPoint()
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	atPoint()
	return syncDir(filepath.Dir(path))
}

// syncTree makes every file below dir, and the directories themselves, durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncDir(path)
	})
}

// syncDir makes one file or directory durable.
func syncDir(path string) error {
	atPoint()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
