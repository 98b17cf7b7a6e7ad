namespace Avion.App.Tests;

public sealed class FailureSentenceTests
{
    public static TheoryData<Exception, int, string> Failures() => new()
    {
        { new UsageException("--crop is 7, expected 0 to 1."), ExitCode.Usage, "--crop is 7, expected 0 to 1." },
        { new MissingOnMachineException("No ffmpeg."), ExitCode.Missing, "No ffmpeg." },
        { new VideoException(VideoErrorKind.LibraryMissing, "", "libavcodec is missing."), ExitCode.Missing, "libavcodec is missing." },
        { new VideoException(VideoErrorKind.Empty, "a.mp4", "'a.mp4' has no bytes."), ExitCode.Failed, "'a.mp4' has no bytes." },
        { new FileNotFoundException("Could not find file 'x'."), ExitCode.Failed, "Could not find file 'x'." },
        { new FileNotFoundException("Could not find file '/x/y'.", "/x/y"), ExitCode.Failed, "There is no file '/x/y'. Check the path." },
        { new AggregateException(new InvalidDataException("Line 3 of 'c.csv' has 2 fields, expected 4.")), ExitCode.Failed,
            "Line 3 of 'c.csv' has 2 fields, expected 4." },
        { new IOException("No space left on device : '/run'", 28), ExitCode.Failed, "The disk is full" },
        { new NullReferenceException("Object reference"), ExitCode.Failed, "bug in Avion" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failure_has_its_exit_code_and_one_sentence(Exception exception, int exitCode, string text)
    {
        FailureSentence failure = FailureSentence.From(exception, interrupted: false);
        Assert.Equal(exitCode, failure.ExitCode);
        Assert.Contains(text, failure.Text);
        Assert.DoesNotContain("   at ", failure.Text);
    }

    [Fact]
    public void An_interrupted_command_says_so()
    {
        Assert.Equal(new FailureSentence("Stopped.", ExitCode.Failed),
            FailureSentence.From(new OperationCanceledException(), interrupted: true));
    }
}
