-- TODO: what its rows are
-- {last_values_sql}
-- {list}
-- {list_2}
-- {list_3}
-- {list_4}
-- {list_5}
-- {mine_sql}
with
    {mine_sql},
    moves as ({list}),
    seen as (
        select looks.i, moves.* exclude (k)
        from moves
        asof join looks on moves.k = looks.k and moves.tick <= looks.at_us * 4 + 1
    ),
    steps as (select i, {list_2} from seen group by i),
    told as (
        select looks.k, looks.i, looks.at_us, {list_3}
        from looks
        left join steps on looks.i = steps.i
    ),
    ran as (
        select k, i, at_us, {list_4}
        from told
        window
            w as (
                partition by k
                order by at_us
                range between unbounded preceding and current row
            )
    )
select ran.i, {list_5}
from ran{last_values_sql}
