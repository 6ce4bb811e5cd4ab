-- One product for each stock code; reason: why the code is no product, else null.
-- A code has several descriptions, among them notes of the stock keeper ("damaged").
-- Notes are on lines without a price, so the text with most priced lines is the title.
-- {product_code}   the stock code, upper case and trimmed
-- {is_product}     whether the code is a product, not postage, a fee or a voucher
-- {occurred_at_us} time of the invoice, microseconds UTC
-- {price_minor}    price of one unit in pence
with
    invoice_lines as (
        select
            {product_code} as product_id,
            __line__ as line,
            {is_product} as is_product,
            nullif(regexp_replace(trim(description), '\s+', ' ', 'g'), '') as title,
            nullif(greatest({price_minor}, 0), 0) as price_minor,
            {occurred_at_us} as at_us
        from rows
    ),
    titles as (
        select product_id, title, count(price_minor) as n_priced, count(*) as n
        from invoice_lines
        where title is not null
        group by all
    ),
    best_titles as (
        select product_id, title
        from titles
        qualify
            row_number() over (
                partition by product_id
                order by n_priced desc, n desc, length(title) desc, title
            )
            = 1
    ),
    codes as (
        select
            product_id,
            min(line) as line,
            bool_or(is_product) as is_product,
            cast(round(median(price_minor)) as bigint) as price_minor,
            min(at_us) as released_at_us,
            max(at_us) as updated_at_us
        from invoice_lines
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
from codes
left join best_titles using (product_id)
order by line
