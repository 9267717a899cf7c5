/* SPDX-License-Identifier: Apache-2.0
 *
 * By recursive descent: a sum has products, a product has factors. NaN goes through all operators,
 * so it is the only sign of failure. Nesting is bounded, since formulas come from files.
 */
#include "perf/formula.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

enum { DEEPEST = 64 };

typedef struct parser {
    const char *at;
    yoke__variable_fn *variable;
    const void *ctx;
    int depth;
    locale_t plain; /* the program's may have no point in numbers */
} parser;

static double sum(parser *p);

static void skip_blanks(parser *p) {
    while (isspace((unsigned char)*p->at)) p->at++;
}

static bool take(parser *p, char wanted) {
    skip_blanks(p);
    if (*p->at != wanted) return false;
    p->at++;
    return true;
}

static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.'; }

static double number(parser *p) {
    char *end;
    double value = strtod_l(p->at, &end, p->plain);
    if (end == p->at) return NAN;
    p->at = end;
    return value;
}

static double name(parser *p) {
    const char *begin = p->at;
    double value;
    while (is_name(*p->at)) p->at++;
    return p->variable(p->ctx, begin, (size_t)(p->at - begin), &value) ? value : NAN;
}

static double factor(parser *p) {
    double sign = 1;
    while (take(p, '-')) sign = -sign;
    if (take(p, '(')) {
        double value = p->depth++ < DEEPEST ? sum(p) : NAN;
        p->depth--;
        return take(p, ')') ? sign * value : NAN;
    }
    return sign * (isalpha((unsigned char)*p->at) || *p->at == '_' ? name(p) : number(p));
}

static double product(parser *p) {
    double value = factor(p);
    for (;;) {
        if (take(p, '*')) {
            value *= factor(p);
        } else if (take(p, '/')) {
            double by = factor(p);
            value = by != 0 ? value / by : NAN;
        } else {
            return value;
        }
    }
}

static double sum(parser *p) {
    double value = product(p);
    for (;;) {
        if (take(p, '+'))
            value += product(p);
        else if (take(p, '-'))
            value -= product(p);
        else
            return value;
    }
}

double yoke__formula_value(const char *formula, yoke__variable_fn *variable, const void *ctx) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain) return NAN;
    parser p = {formula, variable, ctx, 0, plain};
    double value = sum(&p);
    skip_blanks(&p);
    freelocale(plain);
    return *p.at ? NAN : value;
}

bool yoke__formula_uses(const char *formula, bool (*matches)(const char *name, size_t length)) {
    for (const char *at = formula; *at;) {
        const char *begin = at;
        while (is_name(*at)) at++;
        if (at > begin && isalpha((unsigned char)*begin) && matches(begin, (size_t)(at - begin)))
            return true;
        if (at == begin) at++;
    }
    return false;
}
