# The real tables: what is missing, and Python's decimal agrees with every mean.
$ yoke agg 'count(), count(temp), count(temp_min), count(temp_max), count(precip)' "$EXAMPLES/weather.csv"
| count(),count(temp),count(temp_min),count(temp_max),count(precip)
| 3456,3214,3214,3224,2977

$ yoke agg 'count(), sum(precip), mean(temp), max(temp) as hottest' --by station,month "$EXAMPLES/weather.csv"
= python3 "$GOLDEN/means.py" "$EXAMPLES/weather.csv"

# Quoted commas and letters beyond ASCII.
$ yoke agg 'count()' --by name_sort --where "name_sort ~ 'Congo|Islamic'" "$EXAMPLES/countries.csv"
| name_sort,count()
| "Congo, Dem. Rep.",1
| "Congo, Rep.",1
| "Iran, Islamic Rep.",1

$ yoke agg 'first(formal_en) as formal, sum(pop_est) as people' --by name --where "name ~ '^(St-B|Cur|Côte|São)'" "$EXAMPLES/countries.csv"
| name,formal,people
| Curaçao,Curaçao,141766
| Côte d'Ivoire,Republic of Ivory Coast,20617068
| St-Barthélemy,Saint-Barthélemy,7448
| São Tomé and Principe,Democratic Republic of São Tomé and Principe,212679

$ yoke agg 'count(), count(gdp_md_est), sum(gdp_md_est), sum(pop_est)' "$EXAMPLES/countries.csv"
= python3 -c "import csv,sys; from decimal import Decimal as D; r = list(csv.DictReader(open(sys.argv[1], encoding='utf-8'))); c = [[D(x[k]) for x in r if x[k]] for k in ('gdp_md_est', 'pop_est')]; print('count(),count(gdp_md_est),sum(gdp_md_est),sum(pop_est)'); print(len(r), len(c[0]), sum(c[0]).normalize(), sum(c[1]), sep=',')" "$EXAMPLES/countries.csv"
