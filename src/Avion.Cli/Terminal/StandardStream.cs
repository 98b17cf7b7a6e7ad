using System.Text;

namespace Avion.Cli;

/// <summary>A standard stream of the process. A terminal may hang up: what cannot be shown any more is left out, for work goes on and is saved
/// without anybody looking. Results that somebody keeps are told when they are lost.</summary>
/// <param name="writer">The stream.</param>
/// <param name="onRefusal">Called where the stream does not take what is written.</param>
internal sealed class StandardStream(TextWriter writer, Action<Exception> onRefusal) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => writer.Encoding;

    /// <summary>Puts such writers in place of standard error and standard output; where that is no terminal, it is a file of results.</summary>
    public static void Install()
    {
        Console.SetError(TextWriter.Synchronized(new StandardStream(Console.Error, LeaveOut)));
        Console.SetOut(TextWriter.Synchronized(new StandardStream(Console.Out, Console.IsOutputRedirected ? Tell : LeaveOut)));
    }

    public override void Write(char value) => Attempt(() => writer.Write(value));

    public override void Write(string? value) => Attempt(() => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Attempt(() => writer.Write(buffer, index, count));

    public override void WriteLine(string? value) => Attempt(() => writer.WriteLine(value));

    public override void Flush() => Attempt(writer.Flush);

    private static void LeaveOut(Exception error)
    {
    }

    /// <summary>Where the program began without the stream, the system speaks of a path that it denies.</summary>
    private static void Tell(Exception error) => throw new IOException("Standard output cannot be written to: "
        + (error is UnauthorizedAccessException ? "it is not open for writing. Leave it open, or send it to a file with > FILE." : error.Message), error)
    {
        HResult = error.HResult,
    };

    private void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            onRefusal(error);
        }
    }
}
