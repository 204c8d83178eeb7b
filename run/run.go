package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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

// Dir is an open run directory. This process holds its lock until Close.
type Dir struct {
	Reader
	Journal *Journal

	lock *os.File
}

// Condition describes the content of a path with respect to a job.
type Condition int

// The conditions of a run directory.
const (
	Free       Condition = iota // no such directory, or an empty one
	Unfinished                  // a run of this job that has no summary
	Finished                    // a run of this job with its summary
	Foreign                     // a run of another job, or other files
)

// Examine returns the condition of a path. If the path cannot be used, the error gives the reason.
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
	was, err := job.LoadWritten(filepath.Join(path, JobFile))
	if err != nil {
		return Foreign, fmt.Errorf("%s: holds a run whose job cannot be read (%w): choose another directory with --out", path,
			err)
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

// isFree reports whether a directory holds nothing except a lock and temporary files of job.yaml. A run that failed or
// was killed before it began leaves these.
func isFree(entries []os.DirEntry) bool {
	for _, e := range entries {
		if e.Name() != lockFile && !strings.HasPrefix(e.Name(), "."+JobFile) {
			return false
		}
	}
	return true
}

// Check returns an error if a job must not write to a path: the path holds a run of another job, or a run of
// this job and resume is false. The message names the remedy.
func Check(path string, j *job.Job, resume bool) error {
	condition, err := Examine(path, j)
	if err != nil || resume {
		return err
	}
	switch condition {
	case Finished:
		return fmt.Errorf("%s: holds the finished run of this job: choose another directory with --out, or remove it to "+
			"train again", path)
	case Unfinished:
		return fmt.Errorf("%s: holds an unfinished run of this job: add --resume to continue it, or choose another "+
			"directory with --out", path)
	}
	return nil
}

// Locked is the error for a run directory that another process writes.
type Locked struct{ PID string }

func (e *Locked) Error() string {
	return fmt.Sprintf("process %s is writing here: wait for it, stop it, or choose another directory with --out", e.PID)
}

// Open creates or reopens the run directory of a job and locks it. Unless resume is set, the path must be
// Free.
func Open(path string, j *job.Job, resume bool) (*Dir, error) {
	if err := Check(path, j, resume); err != nil {
		// Another process may be about to write the first files.
		if pid, held, _ := holder(filepath.Join(path, lockFile)); held {
			return nil, fmt.Errorf("%s: %w", path, &Locked{fmt.Sprint(pid)})
		}
		if err = Check(path, j, resume); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Join(path), 0o755); err != nil {
		return nil, fmt.Errorf("cannot create the run directory (%w): choose another with --out", err)
	}
	lock, err := acquire(filepath.Join(path, lockFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &Dir{Reader: OpenReadOnly(path, j), lock: lock}
	if err := d.prepare(j, resume); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Dir) prepare(j *job.Job, resume bool) error {
	// The content may have changed before this process acquired the lock.
	if err := Check(d.Path, j, resume); err != nil {
		return err
	}
	if err := d.clean(); err != nil {
		return err
	}
	// The job comes first: a directory with other files and no job.yaml is refused.
	if _, err := os.Stat(d.file(JobFile)); errors.Is(err, fs.ErrNotExist) {
		if err := d.WriteFile(JobFile, j.YAML()); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(d.file(CheckpointsDir), 0o755); err != nil {
		return err
	}
	journal, err := openJournal(d.file(JournalFile))
	d.Journal = journal
	return err
}

// clean removes the temporary files of a killed process.
func (d *Dir) clean() error {
	for _, pattern := range []string{".*.tmp*", "." + JobFile + "*", "." + SummaryFile + "*",
		CheckpointsDir + "/.*.tmp*"} {
		left, err := fs.Glob(os.DirFS(d.Path), pattern) // d.Path itself may contain [ or *
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

// Close closes the journal and releases the lock.
func (d *Dir) Close() error {
	var err error
	if d.Journal != nil {
		err = d.Journal.Close()
	}
	return errors.Join(err, d.lock.Close())
}

// WriteFile replaces a file of the directory atomically and makes it durable.
func (d *Dir) WriteFile(name string, content []byte) error {
	if err := renameio.WriteFile(d.file(name), content, 0o644, renameio.WithTempDir(d.Path),
		renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("%s: %w", d.file(name), err)
	}
	return syncDir(d.Path)
}

// Publish replaces a directory of the run. fill writes the files into a temporary directory; Publish syncs
// them and then renames the directory.
func (d *Dir) Publish(name string, fill func(dir string) error) error {
	return publish(d.file(name), fill)
}

// PublishNew is Publish for a new directory at a path. It returns an error if something is there.
func PublishNew(path string, fill func(dir string) error) error {
	if entries, err := os.ReadDir(path); !errors.Is(err, fs.ErrNotExist) && (err != nil || len(entries) > 0) {
		return fmt.Errorf("%s: not an empty directory: name another", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("%s: cannot create its parent directory (%w): name another", path, err)
	}
	return publish(path, fill)
}

// atPoint is called before each operation of publish and remove on the disk. Tests simulate crashes there.
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
	// Rename cannot replace a directory that is not empty, so the old one is renamed first. If a crash leaves
	// it under the temporary name, the next Open removes it.
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

// syncTree syncs all files and directories below dir, and dir itself.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncDir(path)
	})
}

// syncDir syncs a file or a directory.
func syncDir(path string) error {
	atPoint()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
