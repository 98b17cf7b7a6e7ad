namespace Avion.App.Tests;

public sealed class ProgressDisplayTests
{
    [Fact]
    public void Without_a_terminal_a_stage_is_a_few_plain_lines()
    {
        StringWriter text = new();
        using (ProgressDisplay progress = new(text, isTerminal: false, columns: 80))
        {
            for (int i = 0; i <= 1000; i++)
            {
                progress.Report("train", i / 1000.0, "12 clips/s");
            }
        }
        Assert.Equal(["train: 0 %  12 clips/s", "train: 100 %  12 clips/s"], Lines(text));
        Assert.DoesNotContain('\e', text.ToString());
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
