-- A code is written with several descriptions, among them a storekeeper's notes
-- ("damaged", "?");
-- those stand on lines without a price, so lines with a price decide first.
-- {code}
-- {is_product}
-- {occurred}
-- {price}
with
    said as (
        select
            {code} as product_id,
            __line__ as line,
            {is_product} as is_product,
            nullif(regexp_replace(trim(description), '\s+', ' ', 'g'), '') as title,
            nullif(greatest({price}, 0), 0) as price_minor,
            {occurred} as at_us
        from rows
    ),
    titles as (
        select product_id, title, count(price_minor) as n_priced, count(*) as n
        from said
        where title is not null
        group by all
    ),
    best as (
        select product_id, title
        from titles
        qualify
            row_number() over (
                partition by product_id
                order by n_priced desc, n desc, length(title) desc, title
            )
            = 1
    ),
    counted as (
        select
            product_id,
            min(line) as line,
            bool_or(is_product) as is_product,
            cast(round(median(price_minor)) as bigint) as price_minor,
            min(at_us) as released_at_us,
            max(at_us) as updated_at_us
        from said
        group by product_id
    )
select
    product_id,
    title as title_en,
    product_id as model,
    price_minor,
    'GBP' as currency,
    released_at_us,
    updated_at_us,
    line,
    case
        when product_id = ''
        then 'no_product_id'
        when not is_product
        then 'not_a_product'
        when title is null
        then 'no_title'
    end as reason
from counted
left join best using (product_id)
order by line
