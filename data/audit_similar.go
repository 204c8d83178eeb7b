package data

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"braid/job"
)

// similarLabels finds labels that differ only in white space, case, Unicode normal form or the
// notation of a number. They are probably one label.
func (a *auditor) similarLabels(table labelTable) []Finding {
	groups := map[string][]string{}
	for _, name := range a.namesIn(table) {
		key := foldLabel(name)
		groups[key] = append(groups[key], name)
	}
	var found findings
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		names := groups[key]
		if len(names) < 2 {
			continue
		}
		slices.SortStableFunc(names, func(x, y string) int { return a.use(table, y).count - a.use(table, x).count })
		for _, name := range names[1:] {
			use, main := a.use(table, name), a.use(table, names[0])
			found.add(a.finding(use.e, use.word,
				"label %s (%d) and label %s (%d) differ in %s alone: write one of them everywhere",
				short(name), use.count, short(names[0]), main.count, difference(name, names[0])))
		}
	}
	return found.end("pairs of labels that are nearly the same")
}

// namesIn lists the labels of all splits. Of tags with spans it lists the types.
func (a *auditor) namesIn(table labelTable) []string {
	names := map[string]bool{}
	for _, split := range job.Splits {
		for name := range table[split] {
			if _, kind := splitTag(name); a.hasTypes() && kind != "" {
				name = kind
			}
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (a *auditor) hasTypes() bool { return a.task.Spans() }

// use returns the use of a name of namesIn.
func (a *auditor) use(table labelTable, name string) labelUse {
	if !a.hasTypes() || name == "O" {
		return table.total(name)
	}
	begin, inside := table.total("B-"+name), table.total("I-"+name)
	if begin.count == 0 {
		begin.e, begin.word = inside.e, inside.word
	}
	begin.count += inside.count
	return begin
}

// foldLabel returns the same text for labels that are nearly the same.
func foldLabel(name string) string {
	if v, err := strconv.ParseFloat(name, 64); err == nil && exactFloat(name) {
		return strconv.FormatFloat(v+0, 'g', -1, 64) // -0 + 0 is 0
	}
	return strings.ToLower(norm.NFC.String(squeeze(name)))
}

// exactFloat reports whether a number is so short that no other one is the same float64.
func exactFloat(number string) bool {
	digits := 0
	for _, r := range number {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits <= 15
}

// squeeze drops invisible characters and reduces white space to one blank between words.
func squeeze(s string) string {
	s = strings.Map(func(r rune) rune {
		if unseen(r) || r == zeroWidthJoiner || r == zeroWidthNonJoiner {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// difference describes the difference between two labels that foldLabel makes equal.
func difference(x, y string) string {
	_, xErr := strconv.ParseFloat(x, 64)
	_, yErr := strconv.ParseFloat(y, 64)
	switch {
	case xErr == nil && yErr == nil:
		return "how one number is written"
	case squeeze(x) == squeeze(y):
		return "white space or invisible characters"
	case norm.NFC.String(x) == norm.NFC.String(y):
		return "Unicode normal form (NFC, NFD)"
	case strings.EqualFold(x, y):
		return "case"
	}
	var all []string
	if !strings.EqualFold(norm.NFC.String(x), norm.NFC.String(y)) {
		all = append(all, "white space or invisible characters")
	}
	if !strings.EqualFold(squeeze(x), squeeze(y)) {
		all = append(all, "Unicode normal form (NFC, NFD)")
	}
	if norm.NFC.String(squeeze(x)) != norm.NFC.String(squeeze(y)) {
		all = append(all, "case")
	}
	return strings.Join(all, " and ")
}
