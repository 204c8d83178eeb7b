"""Times OpenBLAS's sgemm. Reads "m n k seconds" lines, answers each with GFLOP/s."""
import ctypes, sys, time

blas = ctypes.CDLL("libopenblas.so.0")
blas.openblas_set_num_threads(1)
blas.openblas_get_corename.restype = ctypes.c_char_p
ROW, NO, YES = 101, 111, 112


def aligned(n):
    raw = ctypes.create_string_buffer(4 * n + 64)
    at = (ctypes.addressof(raw) + 63) & ~63
    block = (ctypes.c_float * n).from_address(at)
    block._keep = raw
    for i in range(n):
        block[i] = (i % 17) / 17
    return block


def once(m, n, k, seconds, transpose, cache={}):
    if (m, n, k) not in cache:
        cache[m, n, k] = aligned(m * k), aligned(k * n), aligned(m * n)
    a, b, c = cache[m, n, k]
    one, zero = ctypes.c_float(1), ctypes.c_float(0)

    def call():
        blas.cblas_sgemm(ROW, NO, transpose, m, n, k, one, a, k, b, k if transpose == YES else n, zero, c, n)

    for _ in range(5):
        call()
    count, start = 0, time.perf_counter()
    while True:
        for _ in range(20):
            call()
        count += 20
        elapsed = time.perf_counter() - start
        if elapsed > seconds:
            return 2 * m * n * k * count / elapsed / 1e9


print(blas.openblas_get_corename().decode(), flush=True)
for line in sys.stdin:
    m, n, k, seconds = line.split()
    print(max(once(int(m), int(n), int(k), float(seconds), t) for t in (NO, YES)), flush=True)
