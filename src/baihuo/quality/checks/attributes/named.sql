-- TODO: what its rows are
-- {rows}
-- {runs}
with
    titles as (
        select import_id, line, language, {runs} as w
        from (unpivot {rows} on title_en, title_zh into name language value title)
    ),
    grams as (
        select
            import_id,
            line,
            language,
            unnest(
                list_distinct(
                    flatten(
                        [
                            w,
                            [w[i] || ' ' || w[i + 1] for i in range(1, len(w))],
                            [
                                w[i] || ' ' || w[i + 1] || ' ' || w[i + 2] for i
                                in range(1, len(w) - 1)
                            ],
                            flatten(
                                [
                                    [substr(r, i, 2) for i in range(1, length(r))] for r
                                    in w if ascii(r)
                                    > 11904
                                ]
                            ),
                            flatten(
                                [
                                    [
                                        substr(r, i, 3) for i in range(1, length(r) - 1)
                                    ] for r
                                    in w if ascii(r)
                                    > 11904
                                ]
                            )
                        ]
                    )
                )
            ) as form
        from titles
    ),
    hits as (
        select import_id, line, language, form from grams semi join forms using (form)
    )
select
    f.import_id,
    f.line,
    f.scope,
    f.key,
    any_value(f.name) as name,
    f.value as own,
    list_sort(list(distinct forms.value)) as named
from hits
join facts as f using (import_id, line)
join forms on forms.scope = f.scope and forms.key = f.key and forms.form = hits.form
group by f.import_id, f.line, hits.language, f.scope, f.key, f.value
