-- A row for each newcomer of a crowded product, with how its newcomers differ from
-- those who touched other products, or came more than once.
-- Columns: visitor_id, product_id, day, n, expected, is_odd (a shape far more common
-- here), odd_share, one_product_more, top_client_more, n_clicks, n_pages, n_dwells,
-- n_interest, and what other newcomers have a click: pages_per_click,
-- dwells_per_click, interest_per_click; n_rest.
with
    touchers as (
        select
            visitor_id,
            day,
            is_newcomer,
            shape,
            n_pages,
            n_clicks,
            n_dwells,
            n_interest,
            count(*) as n_products,
            min(client) as client
        from visitor_days
        join touches using (visitor_id, day)
        group by all
    ),
    members as (
        select c.product_id, c.n, c.expected, t.*
        from crowded as c
        join touches as p using (product_id, day)
        join touchers as t on t.visitor_id = p.visitor_id and t.day = c.day
        where t.is_newcomer
    ),
    rest as (
        select *
        from touchers
        where
            not is_newcomer
            or visitor_id
            not in (select visitor_id from touches semi join crowded using (product_id))
    ),
    baseline as (
        select
            count(*) as n_rest,
            avg(case when n_products = 1 then 1 else 0 end) as one_product,
            sum(n_pages) / greatest(sum(n_clicks), 1) as pages_per_click,
            sum(n_dwells) / greatest(sum(n_clicks), 1) as dwells_per_click,
            sum(n_interest) / greatest(sum(n_clicks), 1) as interest_per_click
        from rest
    ),
    rest_shapes as (select shape, count(*) as n_shape from rest group by shape),
    rest_clients as (select client, count(*) as n_client from rest group by client),
    shapes as (
        select
            m.product_id,
            m.day,
            m.shape,
            count(*) / any_value(m.n)
            >= 3 * (coalesce(any_value(r.n_shape), 0) + 0.5) / (any_value(b.n_rest) + 1)
            and count(*) / any_value(m.n) >= 0.05 as is_odd
        from members as m
        cross join baseline as b
        left join rest_shapes as r using (shape)
        group by m.product_id, m.day, m.shape
    ),
    clients as (
        select product_id, day, max(more) as top_client_more
        from
            (
                select
                    m.product_id,
                    m.day,
                    count(*) / any_value(m.n)
                    - coalesce(any_value(r.n_client), 0)
                    / greatest(any_value(b.n_rest), 1) as more
                from members as m
                cross join baseline as b
                left join rest_clients as r using (client)
                group by m.product_id, m.day, m.client
            )
        group by product_id, day
    ),
    sums as (
        select
            m.product_id,
            m.day,
            avg(case when is_odd then 1 else 0 end) as odd_share,
            avg(case when n_products = 1 then 1 else 0 end)
            - any_value(b.one_product) as one_product_more,
            sum(n_clicks) as n_clicks,
            sum(n_pages) as n_pages,
            sum(n_dwells) as n_dwells,
            sum(n_interest) as n_interest
        from members as m
        cross join baseline as b
        join
            shapes as s
            on s.product_id = m.product_id
            and s.day = m.day
            and s.shape = m.shape
        group by m.product_id, m.day
    )
select
    m.visitor_id,
    m.product_id,
    m.day,
    m.n,
    m.expected,
    s.is_odd,
    g.odd_share,
    g.one_product_more,
    c.top_client_more,
    g.n_clicks,
    g.n_pages,
    g.n_dwells,
    g.n_interest,
    b.n_rest,
    b.pages_per_click,
    b.dwells_per_click,
    b.interest_per_click
from members as m
cross join baseline as b
join shapes as s on s.product_id = m.product_id and s.day = m.day and s.shape = m.shape
join sums as g on g.product_id = m.product_id and g.day = m.day
join clients as c on c.product_id = m.product_id and c.day = m.day
