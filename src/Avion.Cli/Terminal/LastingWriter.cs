using System.Text;

namespace Avion.Cli;

/// <summary>A stream of the terminal that may hang up: what cannot be shown any more is left out, for work goes on and is saved without
/// anybody looking.</summary>
/// <param name="writer">The stream.</param>
internal sealed class LastingWriter(TextWriter writer) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => writer.Encoding;

    /// <summary>Puts such writers in place of standard error, and of standard output where it is a terminal: a full disk below a file of
    /// results has to be told.</summary>
    public static void Install()
    {
        Console.SetError(TextWriter.Synchronized(new LastingWriter(Console.Error)));
        if (!Console.IsOutputRedirected)
        {
            Console.SetOut(TextWriter.Synchronized(new LastingWriter(Console.Out)));
        }
    }

    public override void Write(char value) => Attempt(() => writer.Write(value));

    public override void Write(string? value) => Attempt(() => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Attempt(() => writer.Write(buffer, index, count));

    public override void WriteLine(string? value) => Attempt(() => writer.WriteLine(value));

    public override void Flush() => Attempt(writer.Flush);

    private static void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Nobody reads it; where the program began without the stream, the system says that it is not open for writing.
        }
    }
}
