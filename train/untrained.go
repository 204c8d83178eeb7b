package train

// countTasks counts an applied step for each of its tasks.
func (l *loop) countTasks(s taken) {
	if s.skipped != nil {
		return
	}
	if l.state.TaskSteps == nil {
		l.state.TaskSteps = map[string]uint64{}
	}
	for _, stream := range s.step.Streams {
		for _, t := range stream.Tasks {
			l.state.TaskSteps[l.Job.Tasks[t].Name]++
		}
	}
}

// untrained returns the names of the tasks that no step has trained.
func (l *loop) untrained() (names []string) {
	for _, t := range l.Job.Tasks {
		if l.state.TaskSteps[t.Name] == 0 {
			names = append(names, t.Name)
		}
	}
	return names
}
