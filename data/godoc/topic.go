package godoc

import (
	"cmp"
	"slices"
	"strings"
)

// topics maps path prefixes of the standard library to topics. The longest prefix counts. Other
// packages are left out: builtin, cmd, vendor, simd (a generated package with a tenth of all
// sentences) and small internal packages without a clear topic.
var topics = map[string]string{
	"crypto": "crypto", "hash": "crypto", "internal/chacha8rand": "crypto",
	"net": "net", "mime": "net", "internal/nettrace": "net", "internal/routebsd": "net", "internal/singleflight": "net",
	"runtime": "runtime", "internal/runtime": "runtime", "sync": "runtime", "internal/sync": "runtime",
	"internal/abi": "runtime",
	"internal/cpu": "runtime", "internal/goarch": "runtime", "unique": "runtime", "weak": "runtime", "plugin": "runtime",
	"unsafe": "runtime",
	"arena":  "runtime", "internal/godebug": "runtime", "internal/godebugs": "runtime", "internal/race": "runtime",
	"internal/synctest": "runtime",
	"reflect":           "runtime", "internal/reflectlite": "runtime",
	"go": "go", "internal/types": "go", "internal/pkgbits": "go", "internal/exportdata": "go", "internal/buildcfg": "go",
	"internal/goversion": "go", "internal/gover": "go",
	"encoding": "encoding", "database": "encoding",
	"archive": "compress", "compress": "compress", "internal/zstd": "compress",
	"os": "os", "syscall": "os", "internal/syscall": "os", "internal/poll": "os", "path": "os",
	"internal/filepathlite": "os", "internal/testpty": "os", "time": "os",
	"io": "io", "bufio": "io", "embed": "io", "internal/saferio": "io", "internal/txtar": "io",
	"text": "text", "html": "text", "strings": "text", "bytes": "text", "unicode": "text", "regexp": "text",
	"fmt": "text", "strconv": "text",
	"internal/strconv": "text", "internal/bytealg": "text", "internal/stringslite": "text", "internal/fmtsort": "text",
	"math":  "math",
	"image": "image", "internal/imageutil": "image",
	"debug": "debug", "internal/trace": "debug", "internal/xcoff": "debug", "internal/profile": "debug",
	"internal/bisect": "debug",
	"testing":         "testing", "internal/fuzz": "testing", "internal/coverage": "testing",
	"internal/testenv": "testing",
	"internal/diff":    "testing", "internal/testlog": "testing",
	"container": "container", "sort": "container", "slices": "container", "maps": "container", "iter": "container",
	"cmp": "container", "index": "container", "internal/dag": "container",
	"log": "log", "expvar": "log", "flag": "log", "context": "log", "errors": "log",
}

// topicOf returns the topic of an import path, "" if the package is left out.
func topicOf(path string) string {
	for p := path; p != ""; p = p[:max(strings.LastIndexByte(p, '/'), 0)] {
		if t, ok := topics[p]; ok {
			return t
		}
	}
	return ""
}

// splitPackages assigns each package of a topic to a split: 0 train, 1 dev, 2 test, with about
// 80, 10 and 10 % of the sentences. The largest package comes first; each goes to the split
// that lacks most sentences. With three packages or more no split is empty.
func splitPackages(packages []*goPackage) []int {
	order := make([]int, len(packages))
	missing := [3]int{}
	for i, p := range packages {
		order[i] = i
		missing[0] += 8 * len(p.examples)
		missing[1] += len(p.examples)
		missing[2] += len(p.examples)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(len(packages[b].examples), len(packages[a].examples)),
			cmp.Compare(packages[a].path, packages[b].path))
	})
	splits := make([]int, len(packages))
	var filled [3]int
	for n, i := range order {
		best, empty := -1, 0
		for s := range filled {
			if filled[s] == 0 {
				empty++
			}
		}
		for s := range missing {
			if len(order)-n <= empty && filled[s] > 0 {
				continue
			}
			if best < 0 || missing[s] > missing[best] {
				best = s
			}
		}
		splits[i] = best
		filled[best]++
		missing[best] -= 10 * len(packages[i].examples)
	}
	return splits
}
