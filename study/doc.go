// Package study plans studies and evaluates their runs. A study is a list of jobs that are trained one by one, and a
// table computed from the outcomes of their runs.
//
// In: a job, the shares of its tasks in the steps, and the outcomes of finished runs. Out: jobs to train, and tables.
// The package trains nothing and knows no network, clock or goroutine. A table is a function of its runs, so that it
// has the same bytes wherever and in whichever order they were trained.
//
//	Compare   the arms of a comparison: every task alone, all together, others
//	Contrast  two arms on one task: difference, interval, verdict
package study
