namespace Avion.Data.Tests;

public sealed class SegmentOrderTests
{
    [Fact]
    public void Numbers_in_names_count_by_their_value()
    {
        string[] names = ["cam/10.ts", "cam/9.ts", "cam/009b.ts", "cam/2026-02-01.ts", "cam/2026-01-31.ts", "a1.ts", "a01.ts", "a.ts"];

        Assert.Equal(["a.ts", "a01.ts", "a1.ts", "cam/9.ts", "cam/009b.ts", "cam/10.ts", "cam/2026-01-31.ts", "cam/2026-02-01.ts"],
            names.Order(SegmentOrder.Instance));
    }
}
