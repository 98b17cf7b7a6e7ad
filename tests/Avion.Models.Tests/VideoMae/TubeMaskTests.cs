namespace Avion.Models.Tests;

public sealed class TubeMaskTests
{
    [Fact]
    public void Ninety_percent_of_196_cells_hide_1408_of_1568_tokens_alike_in_every_slot()
    {
        bool[] hidden = new bool[8 * 196];
        CounterRandom random = CounterRandom.For(1, "mask");
        TubeMask.Draw(ref random, 196, 0.9, hidden);
        Assert.Equal(1408, hidden.Count(isHidden => isHidden));
        Assert.All(Enumerable.Range(0, hidden.Length), token => Assert.Equal(hidden[token % 196], hidden[token]));
    }

    [Fact]
    public void Every_cell_is_hidden_equally_often()
    {
        const int Draws = 20_000;
        int[] counts = new int[8];
        bool[] hidden = new bool[8];
        for (int draw = 0; draw < Draws; draw++)
        {
            CounterRandom random = CounterRandom.For(1, "mask", (ulong)draw);
            TubeMask.Draw(ref random, 8, 0.75, hidden);
            Assert.Equal(6, hidden.Count(isHidden => isHidden));
            for (int cell = 0; cell < 8; cell++)
            {
                counts[cell] += hidden[cell] ? 1 : 0;
            }
        }

        // Six standard deviations of a binomial count.
        Assert.All(counts, count => Assert.InRange(count, (0.75 * Draws) - 370, (0.75 * Draws) + 370));
    }

    [Fact]
    public void Running_cells_choose_half_of_each_slot_and_every_cell_equally_often_over_four_slots()
    {
        bool[] hidden = new bool[4 * 16], predicted = new bool[4 * 16];
        Array.Fill(hidden, true);
        hidden[5] = false;
        CounterRandom random = CounterRandom.For(1, "mask");
        TubeMask.ChooseRunningCells(ref random, gridSize: 4, share: 0.5, hidden, predicted);
        Assert.False(predicted[5]);
        for (int cell = 0; cell < 16; cell++)
        {
            int times = Enumerable.Range(0, 4).Count(slot => predicted[(slot * 16) + cell]);
            Assert.InRange(times, cell == 5 ? 1 : 2, 2);
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void A_ratio_that_leaves_nothing_or_means_nothing_is_refused(double ratio)
    {
        bool[] hidden = new bool[8];
        Assert.Throws<ArgumentException>(() =>
        {
            CounterRandom random = CounterRandom.For(1, "mask");
            TubeMask.Draw(ref random, 8, ratio, hidden);
        });
    }
}
