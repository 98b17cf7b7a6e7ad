namespace Avion.Files.Tests;

public sealed class ReadingBudgetTests
{
    [Fact]
    public void What_is_within_the_limits_is_free_and_the_next_item_is_refused()
    {
        ReadingBudget budget = new() { MaximumItems = 10, MaximumBytes = 100, MaximumDepth = 3 };
        budget.TakeItems(10);
        budget.TakeBytes(100);
        budget.CheckDepth(3);
        Assert.Contains("10 values", Assert.Throws<FileFaultException>(() => budget.TakeItems()).Fault);
        Assert.Throws<FileFaultException>(() => budget.TakeBytes(1));
        Assert.Contains("3 levels", Assert.Throws<FileFaultException>(() => budget.CheckDepth(4)).Fault);
    }

    [Fact]
    public void What_was_handed_over_is_free_again()
    {
        ReadingBudget budget = new() { MaximumItems = 10 };
        for (int batch = 0; batch < 100; batch++)
        {
            budget.TakeItems(10);
            budget.Release();
        }
    }

    [Fact]
    public void Time_ends_however_little_is_held()
    {
        ReadingBudget budget = new() { MaximumTime = TimeSpan.FromMilliseconds(20) };
        FileFaultException fault = Assert.Throws<FileFaultException>(() => TakeForever(budget));
        Assert.Contains("longer than", fault.Fault);
    }

    private static void TakeForever(ReadingBudget budget)
    {
        while (true)
        {
            budget.TakeItems(1000);
            budget.Release();
        }
    }
}
