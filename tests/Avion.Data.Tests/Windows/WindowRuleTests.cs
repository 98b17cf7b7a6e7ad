namespace Avion.Data.Tests;

/// <summary>Windows against their definition, point by point of the time line.</summary>
public sealed class WindowRuleTests
{
    [Theory]
    [InlineData(10, 4, 2, "0-4 2-6 4-8 6-10")]
    [InlineData(11, 4, 2, "0-4 2-6 4-8 6-10 7-11")]
    [InlineData(10.3, 4, 2, "0-4 2-6 4-8 6-10")]
    [InlineData(3, 4, 2, "0-3")]
    [InlineData(4, 4, 4, "0-4")]
    [InlineData(4.0004, 4, 4, "0-4.0004")]
    [InlineData(7.9996, 4, 4, "0-4 4-7.9996")]
    [InlineData(20, 2, 8, "0-2 8-10 16-18")]
    [InlineData(26, 2, 8, "0-2 8-10 16-18 24-26")]
    [InlineData(25, 2, 8, "0-2 8-10 16-18 23-25")]
    public void Windows_of_known_stretches(double end, double length, double stride, string expected) => Assert.Equal(expected,
        string.Join(' ', new WindowRule(length, stride).Cut(0, end).Select(span => FormattableString.Invariant($"{span.Start}-{span.End}"))));

    [Fact]
    public void Whole_stretches_stay_whole() => Assert.Equal([new ClipSpan(3, 9)], WindowRule.Whole.Cut(3, 9));

    [Fact]
    public void No_point_of_a_stretch_is_left_out_but_gaps_and_crumbs_and_no_window_is_needless()
    {
        Random random = new(5);
        for (int trial = 0; trial < 500; trial++)
        {
            double start = random.Next(0, 50), length = random.Next(1, 60) / 10.0, stride = random.Next(1, 90) / 10.0;
            double end = start + (random.Next(1, 400) / 10.0);
            ClipSpan[] windows = [.. new WindowRule(length, stride).Cut(start, end)];
            string what = FormattableString.Invariant($"{start}-{end}, {length} every {stride}");
            for (int k = 0; k < windows.Length; k++)
            {
                bool isLast = k == windows.Length - 1;
                Assert.True(windows[k].Start >= start - 1e-9 && windows[k].End <= end + 1e-9, what);
                Assert.True(isLast || Math.Abs(windows[k].Start - (start + (k * stride))) < 1e-9, what);
                Assert.Equal(Math.Min(length, end - start), windows[k].End - windows[k].Start, 2e-3);
            }

            // A point may be seen by none where the stride passes over it, or within a tenth of a window at the end.
            double unseen = 0;
            for (double point = start + 0.005; point < end; point += 0.01)
            {
                double since = (point - start) % stride;
                bool isGap = since > length && since < stride;
                unseen += isGap || windows.Any(window => point >= window.Start && point < window.End) ? 0 : 0.01;
            }

            Assert.True(unseen <= (0.1 * length) + 0.02 + Math.Max(stride - length, 0), $"{what}: {unseen} s are seen by no window");
            bool isMoved = Math.Abs(windows[^1].Start - (start + ((windows.Length - 1) * stride))) > 1e-9;
            if (windows.Length > 1 && isMoved)
            {
                double before = windows[^2].End + Math.Max(stride - length, 0);
                Assert.True(windows[^1].End - before > (0.1 * length) - 2e-3, $"{what}: the last window shows nothing new");
            }
        }
    }
}
