namespace Avion.App.Tests;

public sealed class ProgressDisplayTests
{
    [Fact]
    public void Without_a_terminal_ten_seconds_have_one_plain_line_whatever_begins_or_ends_and_the_last_tells_the_end()
    {
        StringWriter text = new();
        using (ProgressDisplay progress = new(text, isTerminal: false, columns: 80))
        {
            for (int i = 0; i <= 1000; i++)
            {
                progress.Report(i % 2 == 0 ? "train" : "evaluate", i / 1000.0, "12 clips/s");
            }
        }

        Assert.Equal(["train: 0 %  12 clips/s", "train: 100 %  12 clips/s"], Lines(text));
        Assert.DoesNotContain('\e', text.ToString());
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(double.NaN)]
    public void Without_a_terminal_no_end_is_told_of_work_that_stopped_before_it_or_has_none(double last)
    {
        StringWriter text = new();
        using (ProgressDisplay progress = new(text, isTerminal: false, columns: 80))
        {
            progress.Report("train", 0.1);
            progress.Report("train", last);
        }

        Assert.Equal(["train: 10 %"], Lines(text));
    }

    [Theory]
    [InlineData(140, "train        ██████░░░░░░░░░░░░░░░░░░  25 %  0:00  step 2000/8000  loss 4.250  1234 clips/s  waiting 10 %  1:02:03 left")]
    [InlineData(110, "train        ███░░░░░░░░░░░  25 %  0:00  step 2000/8000  loss 4.250  1234 clips/s  waiting 10 %  1:02:03 left")]
    [InlineData(100, "train         25 %  0:00  step 2000/8000  loss 4.250  1234 clips/s  waiting 10 %  1:02:03 left")]
    [InlineData(60, "train  25 %  0:00  step 2000/8000  loss 4.250  1:02:03 left")]
    [InlineData(30, "train  25 %  0:00  1:02:03 left")]
    [InlineData(12, "train  25 %")]
    public void The_bar_gives_way_first_then_what_matters_less_and_the_time_left_last(int columns, string expected)
    {
        StringWriter text = new();
        using (ProgressDisplay progress = new(text, isTerminal: true, columns))
        {
            progress.Report("train", 0.25, "step 2000/8000  loss 4.250  1234 clips/s  waiting 10 %  1:02:03 left");
        }

        string shown = text.ToString().Replace("\r\e[2K", "").TrimEnd('\n');
        Assert.Equal(expected[..Math.Min(expected.Length, columns - 1)], shown);
    }

    [Fact]
    public void On_a_terminal_one_line_is_written_over_and_never_wraps()
    {
        StringWriter text = new();
        using (ProgressDisplay progress = new(text, isTerminal: true, columns: 40))
        {
            progress.Report("train", 0.25, new string('x', 100));
            progress.Report("train", 1, "done");
            progress.Report("evaluate", 0);
        }
        string[] lines = Lines(text);
        Assert.Equal(2, lines.Length);
        Assert.All(text.ToString().Split("\r\e[2K", StringSplitOptions.RemoveEmptyEntries),
            part => Assert.InRange(part.TrimEnd('\n').Length, 1, 39));
    }

    [Fact]
    public void A_line_that_stays_clears_the_living_one_first()
    {
        StringWriter text = new();
        using (ProgressDisplay progress = new(text, isTerminal: true, columns: 80))
        {
            progress.Report("train", 0.5);
            progress.Line("one clip was skipped");
        }
        Assert.EndsWith("\r\e[2Kone clip was skipped\n", text.ToString());
    }

    private static string[] Lines(StringWriter text) => [.. text.ToString().Split('\n').Where(line => line.Length > 0)];
}
