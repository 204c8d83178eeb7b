package data

import (
	"slices"

	"braid/job"
)

// brokenTags finds tags in an order that their scheme does not allow. Training and scores read
// them as conlleval does: a tag that does not continue a span begins one, and a span ends
// where no tag continues it.
func (a *auditor) brokenTags() []Finding {
	if !a.task.Spans() {
		return nil
	}
	var all []Finding
	for _, split := range job.Splits {
		var found findings
		examples := a.raw.Split(split)
		for i := range examples {
			e := &examples[i]
			tags := a.tags(e)
			for k, tag := range tags {
				before, after := "O", "O"
				if k > 0 {
					before = tags[k-1]
				}
				if k+1 < len(tags) {
					after = tags[k+1]
				}
				if wrong := brokenTag(a.task.Scheme, before, tag, after); wrong != "" {
					found.add(a.finding(e, k, "tag %s of word %d (%s) %s", tag, k+1, short(e.Tokens[k]), wrong))
				}
			}
		}
		all = append(all, found.end("broken tags")...)
		if a.task.Scheme == "bio" && found.count > 1 && a.looksIOB1(split) {
			all = append(all, Finding{found.list[0].File, 0, a.task.Name, "all tags of " + string(split) +
				" are well-formed as IOB1: set the task's scheme to iob1 if they are"})
		}
	}
	return all
}

// tags returns an example's tags as they are in the file.
func (a *auditor) tags(e *Example) []string {
	f := e.Fields[a.task.Field]
	if f.Kind == ListField {
		return f.List
	}
	return splitWords(f.Text)
}

// brokenTag returns the fault of a tag between two others and the mend; "" if there is none.
func brokenTag(scheme, before, tag, after string) string {
	prefix, kind := splitTag(tag)
	prefixBefore, kindBefore := splitTag(before)
	prefixAfter, kindAfter := splitTag(after)
	inside := kind == kindBefore && (prefixBefore == "B" || prefixBefore == "I")
	goesOn := kind == kindAfter && !begins[prefixAfter] && prefixAfter != "O"
	switch {
	case scheme == "iob1":
		if prefix == "B" && (kind != kindBefore || before == "O") {
			return "follows no span of its type: write I-" + kind
		}
	case (prefix == "I" || prefix == "E" || prefix == "L") && !inside:
		return "continues nothing: write " + fittingTag(scheme, false, goesOn, kind)
	case scheme != "bio" && (prefix == "B" || prefix == "I") && !goesOn:
		return "is not continued: write " + fittingTag(scheme, inside, false, kind)
	}
	return ""
}

// fittingTag returns the tag of a word. inside means that the word continues a span, goesOn
// that the next word continues it.
func fittingTag(scheme string, inside, goesOn bool, kind string) string {
	prefix := map[bool]string{true: "I-", false: "B-"}[inside]
	if scheme != "bio" && !goesOn {
		last := slices.Index([]string{"iobes", "bilou"}, scheme)
		prefix = map[bool][]string{true: {"E-", "L-"}, false: {"S-", "U-"}}[inside][last]
	}
	return prefix + kind
}

// looksIOB1 reports whether every B- of a split follows a span of its own type, as in IOB1.
func (a *auditor) looksIOB1(split job.Split) bool {
	examples := a.raw.Split(split)
	for i := range examples {
		before := "O"
		for _, tag := range a.tags(&examples[i]) {
			if brokenTag("iob1", before, tag, "O") != "" {
				return false
			}
			before = tag
		}
	}
	return true
}
