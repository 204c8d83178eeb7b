package data

import (
	"strings"

	"braid/job"
)

// swallowed finds texts of csv that contain another record because a quote is not closed. An
// inner line of such a text ends with a comma and a label.
func (a *auditor) swallowed(table labelTable) []Finding {
	if a.format != "csv" || !oneLabel(a.task) {
		return nil
	}
	var found some
	a.each(func(split job.Split, e *Example) {
		inner, _, ok := cutLast(e.Text, "\n")
		if !ok {
			return
		}
		for line := range strings.SplitSeq(inner, "\n") {
			_, label, ok := cutLast(line, ",")
			if label = strings.TrimSpace(label); ok && table.total(label).count > 0 {
				found.see(func() Finding { return a.finding(e, 0, "%s", short(label)) })
				return
			}
		}
	})
	return found.end("example",
		"with a text whose inner line ends in %s, a label: close the quote that opens it, if it was left open",
		found.first.Msg)
}

// oneLabel reports whether an example of the task has exactly one label.
func oneLabel(t job.Task) bool { return t.Of().Per == job.PerText && t.Of().Answer == job.Class }

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// commentsAsWords finds lines such as "# newdoc" in files whose columns are divided by blanks.
// There they are read as the word # with the tag newdoc. It looks for tags that only the word
// # at the start of a sentence has.
func (a *auditor) commentsAsWords(table labelTable) []Finding {
	if a.format != "conll" || a.task.Of().Per != job.PerWord || a.task.Spans() {
		return nil
	}
	opening := map[string]int{} // count of a tag on such a word
	a.each(func(split job.Split, e *Example) {
		if tags := a.tags(e); e.Tokens[0] == "#" && len(tags) > 0 {
			opening[tags[0]]++
		}
	})
	var found some
	a.each(func(split job.Split, e *Example) {
		if tags := a.tags(e); e.Tokens[0] == "#" && len(tags) > 0 && opening[tags[0]] == table.total(tags[0]).count {
			found.see(func() Finding { return a.finding(e, 0, "%s", short(tags[0])) })
		}
	})
	return found.end("line", "with the word # and a label that no other word has (here %s): remove the lines if they "+
		"are comments, which are read only where TABs divide the columns", found.first.Msg)
}
