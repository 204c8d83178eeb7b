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
	for i := range c.job.Tasks {
		if cycle := c.job.cycle([]int{i}); cycle != nil {
			c.refuse(true, fmt.Sprintf("tasks[%d].reads", i), "remove one of these reads", "%s",
				strings.Join(cycle, " reads "))
		}
	}
}

// cycle returns the names along a path of reads that begins with path and ends where path begins. It returns nil if
// there is none.
func (j *Job) cycle(path []int) (names []string) {
	for _, read := range j.ReadsOf(path[len(path)-1]) {
		if read == path[0] {
			for _, t := range append(path, read) {
				names = append(names, j.Tasks[t].Name)
			}
			return names
		}
		if slices.Contains(path, read) {
			continue // a cycle that does not contain the first task
		}
		if names := j.cycle(append(slices.Clip(path), read)); names != nil {
			return names
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
