/* SPDX-License-Identifier: Apache-2.0
 *
 * The numeric kernels beside the loops that one would write by hand with OpenMP, and likwid-bench's
 * triads. Arrays lie in memory, 200 MB each or more where nothing else is said, and are warm. What
 * an operation is stands in the titles. Results are compared with the serial references, by bits
 * where the loop by hand adds in the same order.
 */
#include <cmath>
#include <cstring>
#include <omp.h>

#include "perf/bench/kernels/contest.hh"
#include "yoke/access.h"
#include "yoke/nbody.h"
#include "yoke/sparse.h"
#include "yoke/stencil.h"
#include "yoke/vector.h"

namespace {

using Doubles = bench::Array<double>;

void must(int status) {
    if (status != YOKE_OK) abort();
}

yoke_run with_threads(int threads, yoke_scratch *scratch = nullptr) {
    yoke_run run = {};
    run.threads = threads;
    run.scratch = scratch;
    return run;
}

bench::Workload contest(const std::string &name, const std::string &title) {
    bench::Workload work = {name, title, 2, 0, {}, {}, 11};
    work.own_threads = true;
    return work;
}

void fill(Doubles &x) {
    for (size_t i = 0; i < x.size(); i++)
        x[i] = static_cast<double>(static_cast<int64_t>(i * 0x9E3779B97F4A7C15u)) * 0x1p-63;
}

/* Relative to the largest, for loops that add in another order or fuse operations. */
std::string near(const double *x, const double *right, size_t n) {
    double largest = 0, difference = 0;
    for (size_t i = 0; i < n; i++) {
        largest = std::fmax(largest, std::fabs(right[i]));
        if (!(std::fabs(x[i] - right[i]) <= difference)) difference = std::fabs(x[i] - right[i]);
    }
    return difference <= 1e-9 * largest ? "" : "other numbers";
}

/* ---- triad ---- */

void triad(bench::Program &program) {
    size_t n = program.scaled(25000000, 1000);
    Doubles to(n), a(n), b(n), right(n);
    fill(a);
    fill(b);
    double *t = to.data(), q = 3;
    const double *x = a.data(), *y = b.data();
    yoke_vector_triad_f64_ref(right.data(), x, q, y, n);
    /* as many passes as likwid-bench makes, since it times itself after its threads are there */
    bench::Task task = {n, [&] { t[n / 2] = 0; }, {}, [&] { return near(t, right.data(), n); }, 10};
    auto by_hand = [=](int threads) {
#pragma omp parallel for simd num_threads(threads) schedule(static)
        for (size_t i = 0; i < n; i++) t[i] = x[i] + q * y[i];
    };
    auto yoke = [=](int threads) {
        yoke_run run = with_threads(threads);
        must(yoke_vector_triad_f64(t, x, q, y, n, &run));
    };
    auto yoke_nt = [=](int threads) {
        yoke_run run = with_threads(threads);
        must(yoke_vector_triad_nt_f64(t, x, q, y, n, &run));
    };
    std::string isa = bench::has_avx512() ? "avx512" : "avx";
    size_t megabytes = 3 * n * sizeof(double) / 1000000 + 1;
    bench::Workload work = contest("triad", "to = a + q b; an operation is an item of 24 bytes");
    work.contestants = {
        bench::on_openmp(task, yoke),
        bench::on_openmp(task, yoke_nt, "yoke nt"),
        bench::on_openmp(task, by_hand, "omp simd"),
        bench::on_likwid("stream_" + isa, 24, megabytes),
        bench::on_likwid("stream_mem_" + isa, 24, megabytes),
    };
    work.bars = {{0.95, {"omp simd"}}, {0.9, {"likwid stream_mem_" + isa}, "yoke nt"}};
    program.run(work);
}

/* ---- stencils ---- */

void star_by_hand(double *to, const double *from, size_t planes, size_t n, int threads) {
    auto row = static_cast<ptrdiff_t>(n), plane = planes > 1 ? row * row : 0;
    size_t first = planes > 1 ? 1 : 0, last = planes > 1 ? planes - 1 : 1;
#pragma omp parallel for collapse(2) num_threads(threads) schedule(static)
    for (size_t z = first; z < last; z++)
        for (size_t y = 1; y < n - 1; y++) {
            const double *f = from + (z * n + y) * n;
            double *t = to + (z * n + y) * n;
            for (ptrdiff_t x = 1; x < row - 1; x++)
                t[x] = 0.4 * f[x] + 0.1 * f[x - 1] + 0.1 * f[x + 1] + 0.1 * f[x - row] +
                       0.1 * f[x + row] + 0.05 * f[x - plane] + 0.05 * f[x + plane];
        }
}

void stencil(bench::Program &program, const std::string &name, const std::string &title,
             size_t planes, size_t n) {
    constexpr size_t STEPS = 24;
    static const yoke_stencil_term terms[] = {{0, 0, 0, 0.4},  {0, 0, -1, 0.1}, {0, 0, 1, 0.1},
                                              {0, -1, 0, 0.1}, {0, 1, 0, 0.1},  {-1, 0, 0, 0.05},
                                              {1, 0, 0, 0.05}};
    /* on a plane the last two are the point itself: by hand it is the same number of products */
    static const yoke_stencil_term flat[] = {{0, 0, 0, 0.4},  {0, 0, -1, 0.1}, {0, 0, 1, 0.1},
                                             {0, -1, 0, 0.1}, {0, 1, 0, 0.1},  {0, 0, 0, 0.05},
                                             {0, 0, 0, 0.05}};
    yoke_stencil star = {planes > 1 ? terms : flat, 7};
    yoke_grid grid = {planes, n, n};
    size_t points = planes * n * n;
    Doubles from(points), to(points), start(points), right(points);
    fill(start);
    memcpy(from.data(), start.data(), points * sizeof(double));
    yoke_stencil_steps_f64_ref(right.data(), from.data(), &grid, &star, STEPS);
    double *f = from.data(), *t = to.data();
    yoke_scratch scratch = {};
    auto prepare = [&] {
        memcpy(f, start.data(), points * sizeof(double));
        memcpy(t, start.data(), points * sizeof(double));
    };
    bench::Task task = {points * STEPS, prepare, {}, {}};
    task.check = [&] { return near(t, right.data(), points); };
    bench::Task back = task; /* an even number of sweeps ends where it began */
    back.check = [&] { return near(f, right.data(), points); };
    auto steps = [&](int threads) {
        yoke_run run = with_threads(threads, &scratch);
        must(yoke_stencil_steps_f64(t, f, &grid, &star, STEPS, &run));
    };
    auto sweeps = [&](int threads) {
        yoke_run run = with_threads(threads);
        for (size_t i = 0; i < STEPS; i += 2) {
            must(yoke_stencil_apply_f64(t, f, &grid, &star, &run));
            must(yoke_stencil_apply_f64(f, t, &grid, &star, &run));
        }
    };
    auto by_hand = [&](int threads) {
        for (size_t i = 0; i < STEPS; i += 2) {
            star_by_hand(t, f, planes, n, threads);
            star_by_hand(f, t, planes, n, threads);
        }
    };
    bench::Workload work = contest(name, title);
    work.contestants = {
        bench::on_openmp(task, steps),
        bench::on_openmp(back, sweeps, "yoke single steps"),
        bench::on_openmp(back, by_hand, "omp for"),
    };
    work.bars = {{1.1, {"omp for"}}};
    program.run(work);
    yoke_scratch_fini(&scratch);
}

/* ---- sparse products ---- */

struct Matrix {
    std::vector<uint64_t> begin;
    bench::Array<uint32_t> column;
    Doubles value;
    yoke_csr_f64 csr = {};

    Matrix(std::vector<uint64_t> bounds, size_t rows)
        : begin(std::move(bounds)), column(begin.back()), value(begin.back()) {
        fill(value);
        for (size_t row = 0; row < rows; row++)
            for (uint64_t i = begin[row], n = begin[row + 1] - i, k = 0; k < n; k++)
                column[i + k] = static_cast<uint32_t>((row + k * (rows / n)) % rows);
        csr = {rows, rows, begin.data(), column.data(), nullptr, value.data()};
    }
};

double row_by_hand(const yoke_csr_f64 &m, const double *x, size_t row) {
    double sum = 0;
    for (uint64_t i = m.row_begin[row]; i < m.row_begin[row + 1]; i++)
        sum += m.value[i] * x[m.column[i]];
    return sum;
}

template <class Length>
void sparse(bench::Program &program, const std::string &name, const std::string &title, size_t rows,
            Length length) {
    std::vector<uint64_t> begin = {0};
    for (size_t row = 0; row < rows; row++) begin.push_back(begin.back() + length(row));
    Matrix matrix(begin, rows);
    Doubles x(rows), y(rows), right(rows);
    fill(x);
    const yoke_csr_f64 &m = matrix.csr;
    yoke_csr_multiply_f64_ref(right.data(), &m, x.data());
    yoke_scratch scratch = {};
    bench::Task task = {
        begin.back(), [&] { y[0] = 0; }, [&] { return near(y.data(), right.data(), rows); }, {}};
    double *out = y.data();
    const double *in = x.data();
    auto yoke = [&](int threads) {
        yoke_run run = with_threads(threads, &scratch);
        must(yoke_csr_multiply_f64(out, &m, in, &run));
    };
    auto fixed = [=, &m](int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
        for (size_t row = 0; row < rows; row++) out[row] = row_by_hand(m, in, row);
    };
    auto dynamic = [=, &m](int threads) {
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256)
        for (size_t row = 0; row < rows; row++) out[row] = row_by_hand(m, in, row);
    };
    bench::Workload work = contest(name, title);
    work.contestants = {
        bench::on_openmp(task, yoke),
        bench::on_openmp(task, fixed, "omp static"),
        bench::on_openmp(task, dynamic, "omp dynamic"),
    };
    work.bars = {{0.95, {"omp static", "omp dynamic"}}};
    program.run(work);
    yoke_scratch_fini(&scratch);
}

/* ---- gravity ---- */

void pull_by_hand(const yoke_bodies_f64 &bodies, size_t i, double *ax, double *ay, double *az) {
    const double *x = bodies.x, *y = bodies.y, *z = bodies.z, *m = bodies.mass;
    double sx = 0, sy = 0, sz = 0, px = x[i], py = y[i], pz = z[i];
#pragma omp simd reduction(+ : sx, sy, sz)
    for (size_t j = 0; j < bodies.n; j++) {
        double dx = x[j] - px, dy = y[j] - py, dz = z[j] - pz;
        double r = dx * dx + dy * dy + dz * dz + 0.01 * 0.01;
        double s = m[j] / (r * __builtin_sqrt(r));
        sx += dx * s;
        sy += dy * s;
        sz += dz * s;
    }
    *ax = sx, *ay = sy, *az = sz;
}

void gravity(bench::Program &program) {
    size_t n = program.scaled(16384, 100);
    std::vector<std::vector<double>> in(4), out(3), right(3);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < n; j++)
            in[i].push_back(static_cast<double>((j * 4 + i) * 0x9E3779B97F4A7C15u >> 11) * 0x1p-53);
    for (auto *part : {&out, &right}) part->assign(3, std::vector<double>(n));
    const double *x = in[0].data(), *y = in[1].data(), *z = in[2].data(), *m = in[3].data();
    double *ax = out[0].data(), *ay = out[1].data(), *az = out[2].data();
    yoke_bodies_f64 bodies = {n, x, y, z, m};
    yoke_nbody_f64_ref(right[0].data(), right[1].data(), right[2].data(), &bodies, 0.01);
    bench::Task task = {
        n * n, [=] { ax[0] = 0; }, [&] { return near(ax, right[0].data(), n); }, {}};
    auto yoke = [=](int threads) {
        yoke_run run = with_threads(threads);
        must(yoke_nbody_f64(ax, ay, az, &bodies, 0.01, &run));
    };
    auto by_hand = [=](int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
        for (size_t i = 0; i < n; i++) pull_by_hand(bodies, i, ax + i, ay + i, az + i);
    };
    bench::Workload work = contest("gravity", "all pairs of bodies; an operation is a pair");
    work.contestants = {bench::on_openmp(task, yoke), bench::on_openmp(task, by_hand, "omp simd")};
    work.bars = {{0.95, {"omp simd"}}};
    program.run(work);
}

/* ---- random access ---- */

void updates(bench::Program &program) {
    size_t size = 1024;
    while (size < program.scaled(1 << 26)) size *= 2;
    size_t count = size / 4;
    bench::Array<uint64_t> table(size);
    for (size_t i = 0; i < size; i++) table[i] = i;
    uint64_t *t = table.data();
    auto restored = [=]() -> std::string { /* a run does all updates twice */
                                           size_t wrong = 0;
                                           for (size_t i = 0; i < size; i++) wrong += t[i] != i;
                                           return wrong ? "updates were lost" : "";
    };
    auto yoke = [=](int threads) {
        yoke_run run = with_threads(threads);
        for (int twice = 0; twice < 2; twice++) must(yoke_access_update(t, size, 0, count, &run));
    };
    auto by_hand = [=](int threads) {
#pragma omp parallel num_threads(threads)
        {
            auto team = static_cast<size_t>(omp_get_num_threads());
            auto me = static_cast<size_t>(omp_get_thread_num());
            size_t first = count * me / team, last = count * (me + 1) / team;
            for (int twice = 0; twice < 2; twice++) {
                uint64_t number = yoke_access_number(first);
                for (size_t i = first; i < last; i++) {
                    __atomic_fetch_xor(&t[number & (size - 1)], number, __ATOMIC_RELAXED);
                    number = yoke_access_next(number);
                }
            }
        }
    };
    bench::Task task = {2 * count, {}, restored, {}};
    bench::Workload work =
        contest("random", "table[r mod size] ^= r, 512 MB; an operation is an update");
    work.contestants = {bench::on_openmp(task, yoke),
                        bench::on_openmp(task, by_hand, "omp atomic")};
    work.bars = {{1, {"omp atomic"}}};
    program.run(work);
}

void chains(bench::Program &program) {
    size_t n = program.scaled(1 << 25, 1000), steps = program.scaled(1 << 20, 100);
    bench::Array<size_t> next(n);
    yoke_access_cycle(next.data(), n, 1);
    const size_t *cycle = next.data();
    std::vector<size_t> at(32), right(32);
    for (size_t i = 0; i < 32; i++) right[i] = i * (n / 32);
    yoke_access_chase_ref(cycle, right.data(), 32, steps);
    auto prepare = [&] {
        for (size_t i = 0; i < 32; i++) at[i] = i * (n / 32);
    };
    auto check = [&] { return at == right ? "" : "a chain went astray"; };
    bench::Task task = {32 * steps, prepare, check, {}};
    size_t *places = at.data();
    auto walk = [=](size_t together) {
        return [=](int threads) {
            yoke_run run = with_threads(threads);
            must(yoke_access_chase(cycle, places, 32, together, steps, &run));
        };
    };
    auto by_hand = [=](int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
        for (size_t i = 0; i < 32; i++) {
            size_t place = places[i];
            for (size_t step = 0; step < steps; step++) place = cycle[place];
            places[i] = place;
        }
    };
    bench::Workload work = contest("chains", "32 chains through 256 MB; an operation is a step");
    work.rounds = 5;
    work.contestants = {
        bench::on_openmp(task, walk(16)),
        bench::on_openmp(task, walk(4), "yoke 4 together"),
        bench::on_openmp(task, walk(1), "yoke 1 at a time"),
        bench::on_openmp(task, by_hand, "omp for"),
    };
    program.run(work);
}

} // namespace

int main(int argc, char **argv) {
    bench::Program program(argc, argv, "kernels", "numeric", bench::kernel_peers());
    auto wants = [&](const std::string &name) { return program.wants_workload(name); };
    size_t side = program.scaled(4000, 40), edge = program.scaled(300, 20);
    if (wants("triad")) triad(program);
    if (wants("stencil 2"))
        stencil(program, "stencil 2", "24 steps on 4000 times 4000; an operation is a point", 1,
                side);
    if (wants("stencil 3"))
        stencil(program, "stencil 3", "24 steps on 300^3; an operation is a point", edge, edge);
    size_t rows = program.scaled(2000000, 1000);
    if (wants("sparse even"))
        sparse(program, "sparse even", "16 entries a row; an operation is an entry", rows,
               [](size_t) { return 16; });
    if (wants("sparse skewed"))
        sparse(program, "sparse skewed", "row r has 2 rows / r entries; an operation is an entry",
               rows, [=](size_t row) { return 2 * rows / (row + 1) + 1; });
    if (wants("gravity")) gravity(program);
    if (wants("random")) updates(program);
    if (wants("chains")) chains(program);
    return program.status();
}
