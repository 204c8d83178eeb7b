package job

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// At returns where path ("tasks[1].field", "data.snips") stands in the file, or the
// nearest place around it.
func (j *Job) At(path string) Position {
	for p := path; p != ""; {
		if at, ok := j.places[p]; ok {
			return at
		}
		p = p[:max(strings.LastIndexAny(p, ".["), 0)]
	}
	return Position{File: j.File}
}

// Errorf makes an Error at path.
func (j *Job) Errorf(path, mend, format string, args ...any) *Error {
	return &Error{j.At(path), fmt.Sprintf(format, args...), mend}
}

func (j *Job) said(path string) bool { _, ok := j.places[path]; return ok }

// Path makes a path of the job file absolute or relative to the working directory: it is
// relative to the job file.
func (j *Job) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(j.Dir, p)
}

// SetOf returns the index of the data set that a task reads.
func (j *Job) SetOf(task int) int {
	return slices.IndexFunc(j.Data, func(d DataSet) bool { return d.Name == j.Tasks[task].Data })
}

// TasksOf returns the tasks that read a data set, ascending.
func (j *Job) TasksOf(set int) []int {
	var tasks []int
	for t := range j.Tasks {
		if j.SetOf(t) == set {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
