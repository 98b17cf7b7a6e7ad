using System.Diagnostics;

namespace Avion.Cli;

/// <summary>Shows on standard error how far a long piece of work is: one living line, or plain lines when it is no terminal.</summary>
/// <remarks>
/// Calls may come from any thread and as often as the work likes; the display limits its own rate: ten times a second on a terminal, a line
/// in ten seconds elsewhere, whatever begins or ends between, and the end of the last piece. Where the terminal is too narrow the bar gives way first, then parts of the detail.
/// </remarks>
public sealed class ProgressDisplay : IDisposable
{
    private const int BarCells = 24, FewestBarCells = 6;
    private const string Gap = "  ";
    private static readonly TimeSpan s_terminalInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly TextWriter _writer;
    private readonly bool _isTerminal;
    private readonly int _columns;
    private string _stage = "";
    private long _stageStarted;
    private long? _lastShown;
    private bool _lineIsOpen;
    private string? _untoldEnd;

    /// <summary>A display on the process's standard error.</summary>
    public ProgressDisplay()
        : this(Console.Error, TerminalStyle.ErrorIsTerminal, TerminalStyle.ErrorColumns)
    {
    }

    /// <summary>A display on any writer.</summary>
    public ProgressDisplay(TextWriter writer, bool isTerminal, int columns)
    {
        _writer = writer;
        _isTerminal = isTerminal;
        _columns = columns;
    }

    /// <summary>Reports that <paramref name="fraction"/> (0 to 1; not a number: nobody knows) of a
    /// stage is done; a new stage name starts a new line.</summary>
    /// <param name="stage">One word.</param>
    /// <param name="fraction">Share that is done.</param>
    /// <param name="detail">Parts that two spaces divide; where there is no room for all, those before the last go first.</param>
    public void Report(string stage, double fraction, string detail = "")
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            bool isNewStage = stage != _stage;
            if (isNewStage)
            {
                CloseLine();
                _stage = stage;
                _stageStarted = now;
            }
            fraction = Math.Clamp(fraction, 0, 1);
            string text = PrintableText.Of(Describe(stage, fraction, detail, Stopwatch.GetElapsedTime(_stageStarted, now)));
            bool isDue = _lastShown is not { } shown
                || Stopwatch.GetElapsedTime(shown, now) >= (_isTerminal ? s_terminalInterval : s_plainInterval);
            if (!isDue && !(_isTerminal && (isNewStage || fraction >= 1)))
            {
                _untoldEnd = !_isTerminal && fraction >= 1 ? text : null;
                return;
            }

            _lastShown = now;
            _untoldEnd = null;
            if (_isTerminal)
            {
                _writer.Write("\r\e[2K" + text);
                _lineIsOpen = true;
            }
            else
            {
                _writer.WriteLine(text);
            }
        }
    }

    /// <summary>Writes a line that stays, above the living one.</summary>
    public void Line(string text)
    {
        lock (_gate)
        {
            if (_lineIsOpen)
            {
                _writer.Write("\r\e[2K");
                _lineIsOpen = false;
            }
            _writer.WriteLine(PrintableText.Of(text, mayHaveLines: true));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            CloseLine();
            if (_untoldEnd is not null)
            {
                _writer.WriteLine(_untoldEnd);
                _untoldEnd = null;
            }
        }
    }

    private void CloseLine()
    {
        if (_lineIsOpen)
        {
            _writer.WriteLine();
            _lineIsOpen = false;
        }
    }

    private string Describe(string stage, double fraction, string detail, TimeSpan elapsed)
    {
        string percent = (fraction * 100).ToString("0", CultureInfo.InvariantCulture).PadLeft(3) + " %";
        if (!_isTerminal)
        {
            string rest = detail.Length == 0 ? "" : Gap + detail;
            return double.IsNaN(fraction) ? $"{stage}: {detail}" : $"{stage}: {percent.TrimStart()}{rest}";
        }

        List<string> parts = [double.IsNaN(fraction) ? Quantity.Clock(elapsed) : $"{percent}{Gap}{Quantity.Clock(elapsed)}"];
        parts.AddRange(detail.Split(Gap, StringSplitOptions.RemoveEmptyEntries));
        int room = Math.Max(1, _columns - 1);
        string head = $"{stage,-12} ";
        if (!double.IsNaN(fraction))
        {
            int cells = Math.Min(BarCells, room - head.Length - 1 - string.Join(Gap, parts).Length);
            head += cells >= FewestBarCells ? Bar(fraction, cells) + " " : "";
        }

        string text = head + string.Join(Gap, parts);
        while (text.Length > room && parts.Count > 2)
        {
            parts.RemoveAt(parts.Count - 2);
            text = $"{stage} {string.Join(Gap, parts)}";
        }

        return text.Length <= room ? text : text[..room];
    }

    private static string Bar(double fraction, int cells)
    {
        int filled = (int)(fraction * cells);
        return new string('█', filled) + new string('░', cells - filled);
    }
}
