package job

import (
	"fmt"
	"slices"
	"strings"
)

// ReadsOf returns the indexes of the tasks whose answers task t reads, in the order of its list.
func (j *Job) ReadsOf(t int) (read []int) {
	for _, name := range j.Tasks[t].Reads {
		read = append(read, j.taskNamed(name))
	}
	return read
}

// ReadOrder returns the indexes of all tasks in an order in which a task follows those that it reads.
func (j *Job) ReadOrder() (order []int) {
	var visit func(t int)
	visit = func(t int) {
		if slices.Contains(order, t) {
			return
		}
		for _, read := range j.ReadsOf(t) {
			visit(read)
		}
		order = append(order, t)
	}
	for t := range j.Tasks {
		visit(t)
	}
	return order
}

// taskNamed returns the index of the task with the given name, or -1.
func (j *Job) taskNamed(name string) int {
	return slices.IndexFunc(j.Tasks, func(t Task) bool { return t.Name == name })
}

// Readable reports whether other tasks can read the answers: those of a text, in probabilities.
func (k *Kind) Readable() bool { return k.Per == PerText && k.Answer != Number }

// reads checks the tasks that every task reads.
func (c *check) reads() {
	for i, t := range c.job.Tasks {
		path := fmt.Sprintf("tasks[%d].reads", i)
		for k, name := range t.Reads {
			if read := c.job.taskNamed(name); read >= 0 {
				of := c.job.Tasks[read].Of()
				c.refuse(of.Name != "" && !of.Readable(), path,
					"read a task of kind "+strings.Join(readableNames(), " or "),
					"task %s reads %s, a %s task, which gives a text no probabilities", t.Name, name, of.Name)
			} else {
				c.refuse(true, path, oneOfMend(name, c.readable()),
					"task %s reads %q, and there is no such task", t.Name, name)
			}
			c.refuse(slices.Contains(t.Reads[:k], name), path, "name it once", "task %s reads %s twice", t.Name, name)
		}
	}
	if c.err != nil {
		return // a name without a task would end the search
	}
	if cycle := c.job.cycle(); cycle != nil {
		var names []string
		for _, t := range cycle {
			names = append(names, c.job.Tasks[t].Name)
		}
		c.refuse(true, fmt.Sprintf("tasks[%d].reads", cycle[0]), "remove one of these reads", "%s",
			strings.Join(names, " reads "))
	}
}

// cycle returns tasks each of which reads the next, and of which the last is the first. It returns nil if there are
// none.
func (j *Job) cycle() []int {
	var path []int // from the first visited task to the current one
	done := make([]bool, len(j.Tasks))
	var visit func(t int) []int
	visit = func(t int) []int {
		if at := slices.Index(path, t); at >= 0 {
			return append(path[at:], t)
		}
		if done[t] {
			return nil
		}
		path = append(path, t)
		for _, read := range j.ReadsOf(t) {
			if cycle := visit(read); cycle != nil {
				return cycle
			}
		}
		path, done[t] = path[:len(path)-1], true
		return nil
	}
	for t := range j.Tasks {
		if cycle := visit(t); cycle != nil {
			return cycle
		}
	}
	return nil
}

// readable lists the tasks that others can read.
func (c *check) readable() (names []string) {
	for _, t := range c.job.Tasks {
		if t.Of().Readable() {
			names = append(names, t.Name)
		}
	}
	return names
}

// readableNames lists the kinds of these tasks.
func readableNames() (names []string) {
	for _, k := range kinds {
		if k.Readable() {
			names = append(names, k.Name)
		}
	}
	return names
}
